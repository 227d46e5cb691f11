// The kiosk's rule of persons: taken, followed, pinned, kept.
#include "agent/identity/persons.h"

#include <gtest/gtest.h>

#include "agent/testing/kiosk.h"
#include "agent/testing/person_rule.h"

namespace kw::agent {
namespace {

using namespace testing;

struct PersonsOfKiosk : ::testing::Test {
  PlatformSide platform;
  KioskSide kiosk{platform};
  People people;
  Persons load() { return must(Persons::load(kiosk.state, kiosk.command().rule)); }
  static std::pair<std::string, std::string> said(const v1::PersonsReport& report) {
    return {report.outcome(), report.reason()};
  }
};
using Said = std::pair<std::string, std::string>;

TEST_F(PersonsOfKiosk, WithoutARuleThePlatformIsEnough) {
  const auto persons = load();
  EXPECT_EQ(persons.revision(), 0U);
  EXPECT_EQ(persons.needed(pki::PersonAct::policy), 0U);
  EXPECT_TRUE(persons.approved(platform.order(kiosk.device, v1::RELEASE, {}), "order", pki::PersonAct::release));
}

TEST_F(PersonsOfKiosk, ARuleIsTakenKeptAndFollowed) {
  auto persons = load();
  const auto first = people.rule(platform);
  EXPECT_EQ(said(persons.take(first)), Said("applied", ""));
  EXPECT_EQ(load().revision(), 1U) << "after a restart";
  EXPECT_EQ(said(persons.take(first)), Said("applied", "")) << "again";
  const auto bare = platform.order(kiosk.device, v1::RELEASE, {});
  EXPECT_FALSE(persons.approved(bare, "order", pki::PersonAct::release));
  EXPECT_TRUE(persons.approved(people.sign(bare, {"an"}), "order", pki::PersonAct::release));

  const auto next = people.rule(platform, &first);
  EXPECT_EQ(said(persons.take(next)), Said("refused", "not_approved"));
  EXPECT_EQ(said(persons.take(people.sign(next, {"an"}))), Said("refused", "not_approved"));
  EXPECT_EQ(said(persons.take(people.sign(next, {"an", "bo"}))), Said("applied", ""));
  EXPECT_EQ(load().revision(), 2U);
  EXPECT_EQ(said(persons.take(first)), Said("refused", "conflict")) << "an older one";
}

TEST_F(PersonsOfKiosk, OnlyThePlatformsOwnIsLookedAt) {
  auto persons = load();
  PlatformSide stranger;
  EXPECT_EQ(persons.take(people.rule(stranger)).outcome(), "refused");
  EXPECT_EQ(persons.revision(), 0U);
}

TEST_F(PersonsOfKiosk, APinnedRuleIsTheOnlyFirstOne) {
  const auto wanted = people.rule(platform);
  kiosk.must_write(StateFile::persons_pin, crypto::sm3(bytes_of(wanted.payload())));
  auto persons = load();
  EXPECT_EQ(persons.needed(pki::PersonAct::cut), std::nullopt) << "nothing is approved before it has come";
  EXPECT_FALSE(persons.approved(platform.order(kiosk.device, v1::CUT_OFF, {}), "order", pki::PersonAct::cut));
  People thieves;
  EXPECT_EQ(said(persons.take(thieves.rule(platform))), Said("refused", "not_pinned"));
  EXPECT_EQ(said(persons.take(wanted)), Said("applied", ""));
  EXPECT_TRUE(persons.approved(platform.order(kiosk.device, v1::CUT_OFF, {}), "order", pki::PersonAct::cut));
}

TEST_F(PersonsOfKiosk, TheOneThatCameWithTheApprovalIsTaken) {
  *kiosk.approval.mutable_persons() = people.rule(platform);
  kiosk.must_write(StateFile::identity, schema::serialise(kiosk.approval));
  EXPECT_EQ(load().revision(), 1U);
}

TEST_F(PersonsOfKiosk, ADamagedFileIsAnError) {
  kiosk.must_write(StateFile::persons, bytes_of("what is this"));
  EXPECT_FALSE(Persons::load(kiosk.state, kiosk.command().rule));
}

}  // namespace
}  // namespace kw::agent
