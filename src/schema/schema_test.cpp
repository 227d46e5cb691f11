#include <gtest/gtest.h>

#include "schema/codec.h"
#include "schema/event_catalogue.h"

namespace kw::schema {
namespace {

v1::Event good() {
  v1::Event event;
  event.set_version(1);
  event.set_id(std::string(16, 'x'));
  event.set_type("net.cut");
  event.set_result("success");
  (*event.mutable_params())["cause"] = "net.outbound.illegal";
  return event;
}

TEST(EventCatalogue, FindsTypesAndRefusesUnknownOnes) {
  ASSERT_NE(find_event_type("net.outbound.illegal"), nullptr);
  EXPECT_TRUE(find_event_type("net.outbound.illegal")->alarm);
  EXPECT_EQ(find_event_type("net.outbound"), nullptr);
  EXPECT_EQ(find_event_type(""), nullptr);
}

TEST(EventCatalogue, ChecksEvents) {
  EXPECT_TRUE(check_event(good()));
  const std::pair<void (*)(v1::Event&), Errc> bad[] = {
      {[](v1::Event& e) { e.set_version(2); }, Errc::unsupported},
      {[](v1::Event& e) { e.set_id("short"); }, Errc::malformed},
      {[](v1::Event& e) { e.set_case_id("short"); }, Errc::malformed},
      {[](v1::Event& e) { e.set_type("net.nothing"); }, Errc::unsupported},
      {[](v1::Event& e) { e.set_result("maybe"); }, Errc::malformed},
      {[](v1::Event& e) { (*e.mutable_params())["applicant_name"] = "x"; }, Errc::malformed},
      {[](v1::Event& e) { (*e.mutable_params())["cause"] = std::string(513, 'x'); }, Errc::too_large}};
  for (const auto& [spoil, code] : bad) {
    auto event = good();
    spoil(event);
    EXPECT_EQ(check_event(event).code(), code);
  }
}

TEST(Codec, BoundsSizeBeforeParsing) {
  const auto octets = serialise(good());
  EXPECT_TRUE(parse<v1::Event>(octets, 4096));
  EXPECT_EQ(parse<v1::Event>(octets, octets.size() - 1).code(), Errc::too_large);
  EXPECT_EQ(parse<v1::Event>(Bytes{0xff, 0xff}, 16).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::schema
