// Commands that need persons: what a platform in other hands, with every key of its own, cannot do.
#include <gtest/gtest.h>

#include "agent/enforcer/enforcer.h"
#include "agent/testing/person_rule.h"
#include "platform/recorded/recorded_ruleset.h"

namespace kw::agent {
namespace {

using namespace testing;

struct ApprovalTest : ::testing::Test {
  PlatformSide platform;
  KioskSide kiosk{platform};
  People people;
  platform::RecordedRuleset ruleset;
  NullLog log;
  Persons persons = must(Persons::load(kiosk.state, kiosk.command().rule));
  std::unique_ptr<NetworkEnforcer> enforcer = must(
      NetworkEnforcer::open(kiosk.state, kiosk.command(), {persons, &ruleset, platform.clock, platform.random, log}));

  ApprovalTest() { EXPECT_EQ(persons.take(people.rule(platform)).outcome(), "applied"); }
  std::string policy(const v1::Signed& bundle) {
    v1::EnforceRequest request;
    *request.mutable_apply_policy() = bundle;
    return said(request);
  }
  std::string order(const v1::Signed& object) {
    v1::EnforceRequest request;
    *request.mutable_release() = object;
    return said(request);
  }
  std::string said(const v1::EnforceRequest& request) {
    const auto reply = enforcer->handle(request);
    return reply.outcome() == "done" ? "done" : reply.reason();
  }
};

TEST_F(ApprovalTest, APolicyNeedsTwoPersonsForItsCommonPart) {
  EXPECT_EQ(policy(platform.bundle(kiosk.device, 1)), "not_approved") << "by the platform alone, in the old form";
  EXPECT_EQ(policy(people.bundle(platform, kiosk.device, 1, {})), "not_approved");
  EXPECT_EQ(policy(people.bundle(platform, kiosk.device, 1, {"an"})), "not_approved");
  EXPECT_EQ(policy(people.bundle(platform, kiosk.device, 1, {"an", "cy"})), "done");
}

TEST_F(ApprovalTest, AnApprovalOfSomethingElseIsNone) {
  const auto good = people.bundle(platform, kiosk.device, 1, {"an", "bo"});
  auto bundle = must(schema::parse<v1::PolicyBundle>(bytes_of(good.payload()), 1U << 20));
  const auto again = [&] { return must(pki::sign_object("policy", schema::serialise(bundle), platform.command)); };
  auto common = must(schema::parse<v1::PolicyBundle>(bytes_of(bundle.common()), 1U << 20));
  const auto approved = bundle.common();
  common.mutable_network()->set_mode(v1::OFF);
  bundle.set_common(copy_text(schema::serialise(common)));
  EXPECT_EQ(policy(again()), "not_approved") << "other content";
  bundle.set_common(approved);
  bundle.set_revision(9);
  EXPECT_EQ(policy(again()), "not_approved") << "another revision";
  bundle.set_revision(1);
  bundle.set_expires_ns(bundle.expires_ns() + 1);
  EXPECT_EQ(policy(again()), "not_approved") << "for longer";
  bundle.set_expires_ns(bundle.expires_ns() - 1);
  bundle.mutable_shell()->set_mode(v1::OFF);
  EXPECT_EQ(policy(again()), "malformed") << "a section beside the approved part";
  bundle.clear_shell();
  EXPECT_EQ(policy(again()), "done");
}

TEST_F(ApprovalTest, AReleaseNeedsAPersonAndACutNobody) {
  v1::EnforceRequest cut;
  const std::string id(16, 'c');
  cut.mutable_cut()->set_case_id(id);
  cut.mutable_cut()->set_cause("net.outbound.illegal");
  ASSERT_EQ(said(cut), "done");
  const auto release = platform.order(kiosk.device, v1::RELEASE, bytes_of(id));
  EXPECT_EQ(order(release), "not_approved");
  People thieves;
  EXPECT_EQ(order(thieves.sign(release, {"an", "bo", "cy"})), "not_approved") << "keys that the rule does not hold";
  EXPECT_EQ(order(people.sign(release, {"bo"})), "done");
  EXPECT_EQ(order(platform.order(kiosk.device, v1::CUT_OFF, {})), "done");
}

TEST_F(ApprovalTest, WhoAskedHasSignedHimself) {
  v1::Order wanted;
  wanted.set_version(1);
  wanted.set_order_id(copy_text(make_raw_id(platform.clock.now(), platform.random)));
  wanted.set_device_id(copy_text(kiosk.device.bytes()));
  wanted.set_kind(v1::SECTION);
  wanted.set_section("shell");
  wanted.set_action("renew");
  wanted.set_issued_ns(platform.clock.now().unix_ns);
  wanted.set_expires_ns((platform.clock.now() + std::chrono::hours(1)).unix_ns);
  wanted.set_person("an");
  const auto object = must(pki::sign_object("order", schema::serialise(wanted), platform.command));
  EXPECT_EQ(order(people.sign(object, {"bo"})), "not_approved") << "in another person's name";
  EXPECT_EQ(order(people.sign(object, {"an"})), "done");
}

}  // namespace
}  // namespace kw::agent
