#include "policy/baseline.h"

#include <gtest/gtest.h>

#include "kioskward/v1/interfaces.pb.h"
#include "kioskward/v1/policy.pb.h"
#include "policy/sections/message_json.h"
#include "schema/codec.h"

namespace kw::policy {
namespace {

const DeviceId kDevice(RawId{1, 2, 3});

v1::Baseline wire(std::uint64_t revision, const std::string& content = "content") {
  v1::Baseline out;
  out.set_version(1);
  out.set_device_id(copy_text(kDevice.bytes()));
  out.set_section("interfaces");
  out.set_revision(revision);
  out.set_content(content);
  return out;
}
Result<VerifiedBaseline> parsed(const v1::Baseline& baseline) { return parse_baseline(schema::serialise(baseline)); }
VerifiedBaseline offered(std::uint64_t revision, const std::string& content = "content") {
  return parsed(wire(revision, content)).value();
}
std::string verdict(const HeldBaseline& held, const VerifiedBaseline& baseline) {
  const auto decision = accept_baseline(held, baseline, kDevice);
  if (const auto* why = std::get_if<BaselineRefusal>(&decision)) return std::string(name(*why));
  return std::get<BaselineVerdict>(decision) == BaselineVerdict::taken ? "taken" : "unchanged";
}

TEST(Baseline, every_decision) {
  const HeldBaseline none, five{5, offered(5).digest};
  EXPECT_EQ(verdict(none, offered(1)), "taken");
  EXPECT_EQ(verdict(five, offered(6)), "taken");
  EXPECT_EQ(verdict(five, offered(5)), "unchanged");
  EXPECT_EQ(verdict(five, offered(5, "other")), "conflict");
  EXPECT_EQ(verdict(five, offered(4)), "older_revision");
  auto foreign = wire(4);
  foreign.set_device_id(std::string(16, 'x'));
  EXPECT_EQ(verdict(five, parsed(foreign).value()), "wrong_device");
  auto unknown = wire(6);
  unknown.set_section("weather");
  EXPECT_EQ(verdict(five, parsed(unknown).value()), "unknown_section");
}
TEST(Baseline, what_is_not_one_is_refused) {
  const std::pair<void (*)(v1::Baseline&), Errc> cases[] = {
      {[](auto& b) { b.set_version(2); }, Errc::unsupported},
      {[](auto& b) { b.set_device_id("short"); }, Errc::malformed},
      {[](auto& b) { b.clear_section(); }, Errc::malformed},
      {[](auto& b) { b.set_section(std::string(33, 's')); }, Errc::malformed},
      {[](auto& b) { b.set_revision(0); }, Errc::malformed},
      {[](auto& b) { b.set_content(std::string(kMostBaselineContent + 1, 'c')); }, Errc::too_large},
      {[](auto& b) { b.set_content(std::string(2U << 20, 'c')); }, Errc::too_large},
  };
  for (const auto& [spoil, why] : cases) {
    auto baseline = wire(1);
    spoil(baseline);
    const auto done = parsed(baseline);
    ASSERT_FALSE(done) << name(why);
    EXPECT_EQ(done.code(), why);
  }
  EXPECT_TRUE(parsed(wire(1, std::string(kMostBaselineContent, 'c'))));
  EXPECT_EQ(parse_baseline(bytes_of("nonsense")).code(), Errc::malformed);
}
TEST(Baseline, content_is_shown_by_the_sections_own_message) {
  v1::InterfaceBaseline content;
  content.set_path("pci0000:00/0000:00:03.0");
  content.set_driver("e1000e");
  EXPECT_EQ(baseline_json("interfaces", schema::serialise(content)).value(),
            R"({"path":"pci0000:00/0000:00:03.0","driver":"e1000e","permanent_mac":""})");
  EXPECT_EQ(baseline_json("interfaces", bytes_of("\xff\xff")).code(), Errc::malformed);
  EXPECT_EQ(baseline_json("weather", {}).code(), Errc::unsupported);
  EXPECT_EQ(baseline_json("outbound", {}).code(), Errc::unsupported) << "a section that learns nothing";
  EXPECT_EQ(baseline_json("interfaces", Bytes(kMostBaselineContent + 1)).code(), Errc::too_large);
}
TEST(Baseline, octets_are_hex_and_wide_numbers_texts) {
  auto baseline = wire(18'446'744'073'709'551'615U, "\x01\xff");
  baseline.set_approved_ns(-5);
  EXPECT_EQ(boost::json::serialize(message_json(baseline)),
            R"({"version":1,"device_id":"01020300000000000000000000000000","section":"interfaces",)"
            R"("revision":"18446744073709551615","content":"01ff","approved_ns":"-5"})");
}

}  // namespace
}  // namespace kw::policy
