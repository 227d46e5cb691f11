#include "policy/bundle.h"

#include <gtest/gtest.h>

#include "policy/plan.h"
#include "policy/test_policy.h"
#include "schema/codec.h"

namespace kw::policy {
namespace {

const DeviceId kBundleDevice(RawId{1, 2, 3});
const Timestamp kNow = Timestamp::from_seconds(1'000'000);

VerifiedBundle bundle(std::uint64_t revision, std::int64_t from = -10, std::int64_t to = 10, DeviceId device = kBundleDevice) {
  v1::PolicyBundle out;
  out.set_version(1);
  out.set_bundle_id(std::string(16, 'b'));
  out.set_revision(revision);
  out.set_device_id(copy_text(device.bytes()));
  out.set_not_before_ns(kNow.unix_ns + from);
  out.set_expires_ns(kNow.unix_ns + to);
  *out.mutable_network() = policy::bind(test::sample(), test::binding(), test::platform()).value();
  return parse_bundle(schema::serialise(out)).value();
}
std::string verdict(const BundleDecision& decision) {
  if (std::holds_alternative<AcceptedBundle>(decision)) return "accepted";
  if (std::holds_alternative<Unchanged>(decision)) return "unchanged";
  return std::string(name(std::get<RefusedBundle>(decision).why));
}

TEST(Bundle, every_decision) {
  const InForce nothing, five{5, bundle(5).digest};
  const DeviceId other(RawId{9});
  auto broken = bundle(6);
  broken.bundle.mutable_network()->mutable_interface()->set_mac("x");
  EXPECT_EQ(verdict(accept(nothing, bundle(1), kBundleDevice, kNow)), "accepted");
  EXPECT_EQ(verdict(accept(five, bundle(6), kBundleDevice, kNow)), "accepted");
  EXPECT_EQ(verdict(accept(five, bundle(5), kBundleDevice, kNow)), "unchanged");
  EXPECT_EQ(verdict(accept(five, bundle(5, -11), kBundleDevice, kNow)), "conflict");
  EXPECT_EQ(verdict(accept(five, bundle(4), kBundleDevice, kNow)), "older_revision");
  EXPECT_EQ(verdict(accept(five, bundle(6, 1), kBundleDevice, kNow)), "not_yet_valid");
  EXPECT_EQ(verdict(accept(five, bundle(6, 0), kBundleDevice, kNow)), "accepted");
  EXPECT_EQ(verdict(accept(five, bundle(6, -10, 0), kBundleDevice, kNow)), "expired");
  EXPECT_EQ(verdict(accept(five, bundle(6, -10, 10, other), kBundleDevice, kNow)), "wrong_device");
  EXPECT_EQ(verdict(accept(five, broken, kBundleDevice, kNow)), "invalid");
  const auto taken = accept(five, bundle(6), kBundleDevice, kNow);
  EXPECT_EQ(std::get<AcceptedBundle>(taken).revision, 6U);
  EXPECT_EQ(std::get<AcceptedBundle>(taken).digest, bundle(6).digest);
}
TEST(Bundle, order_of_refusals) {
  const InForce five{5, bundle(5).digest};
  const DeviceId other(RawId{9});
  EXPECT_EQ(verdict(accept(five, bundle(4, -10, 0, other), kBundleDevice, kNow)), "wrong_device");
  EXPECT_EQ(verdict(accept(five, bundle(4, -10, 0), kBundleDevice, kNow)), "older_revision");
  auto broken = bundle(6, -10, 0);
  broken.bundle.clear_network();
  EXPECT_EQ(verdict(accept(five, broken, kBundleDevice, kNow)), "expired");
}
TEST(Bundle, what_was_in_force_stays_after_its_expiry) {
  EXPECT_EQ(verdict(reload(bundle(5, -10, -5), kBundleDevice)), "accepted");
  EXPECT_EQ(verdict(reload(bundle(5), DeviceId(RawId{9}))), "wrong_device");
}
TEST(Bundle, parse_refuses_other_forms) {
  const auto refused = [](auto change) {
    auto message = bundle(1).bundle;
    change(message);
    return !parse_bundle(schema::serialise(message));
  };
  EXPECT_TRUE(refused([](auto& m) { m.set_version(2); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_revision(0); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_device_id("short"); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_bundle_id(""); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_expires_ns(m.not_before_ns()); }));
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_EQ(parse_bundle(bytes_of("\xff\xff")).code(), Errc::malformed);
  EXPECT_EQ(parse_bundle(Bytes(kMostBundleOctets + 1)).code(), Errc::too_large);
}

TEST(Plan, decisions) {
  const auto enforce = compile(test::checked(test::sample()));
  const auto off = compile(test::checked(test::sample(v1::OFF)));
  const auto a = crypto::sm3(bytes_of("a")), b = crypto::sm3(bytes_of("b"));
  const std::optional<crypto::Digest> none;
  EXPECT_EQ(plan(enforce, none, none, false).reason, "first");
  EXPECT_EQ(plan(enforce, none, a, false).reason, "first");
  EXPECT_EQ(plan(enforce, a, none, false).reason, "absent");
  EXPECT_EQ(plan(enforce, a, b, false).reason, "differs");
  EXPECT_EQ(plan(enforce, a, b, false).script, enforce.policy_script);
  EXPECT_EQ(plan(enforce, a, b, true).script, enforce.policy_script_tripped);
  EXPECT_EQ(plan(enforce, a, a, false).policy, Step::keep);
  EXPECT_EQ(plan(off, a, a, false).reason, "unwanted");
  EXPECT_EQ(plan(off, a, none, false).policy, Step::keep);
}
TEST(Plan, normalising_keeps_what_matters) {
  const std::string plain = "table inet t {\n\tcounter c {\n\t\tpackets 5 bytes 12\n\t}\n\tset trip {\n\t\ttypeof meta mark\n\t\tflags dynamic\n"
                            "\t\telements = { 0x00000000,\n\t\t\t     0x00000001 }\n\t}\n\tset s {\n\t\telements = { 1 }\n\t}\n"
                            "\tchain c { # handle 3\n\t\tcounter packets 3 bytes 4 drop # handle 9\n\t\tlimit rate 5/second burst 5 packets log\n\t}\n}\n";
  const auto normal = normalise_ruleset(plain);
  EXPECT_EQ(normal, normalise_ruleset(normal));
  EXPECT_EQ(normal.find("0x0000"), std::string::npos);
  EXPECT_EQ(normal.find("handle"), std::string::npos);
  EXPECT_EQ(normal.find("bytes"), std::string::npos);
  EXPECT_NE(normal.find("elements = { 1 }"), std::string::npos);
  EXPECT_NE(normal.find("burst 5 packets log"), std::string::npos);
  EXPECT_EQ(normal.find("counter  drop"), std::string::npos) << normal;
}

}  // namespace
}  // namespace kw::policy
