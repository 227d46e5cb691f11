#include "server/settings.h"

#include "server/permissions.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::take;

TEST(Settings, DefaultsHoldUntilSomebodyChangesThem) {
  testing::Platform p;
  const auto now = take(p.settings.get());
  EXPECT_EQ(now, Settings());
  EXPECT_EQ(now.idle(), AuthService::kIdle);
  auto next = now;
  next.two_persons = {"releaseDevice", "publishPolicy", "publishPolicy"};
  next.idle_minutes = 30;
  const auto done = take(p.settings.change(next, "why", p.security));
  EXPECT_EQ(done.revision, 1u);
  EXPECT_EQ(done.two_persons, (std::vector<std::string>{"publishPolicy", "releaseDevice"}));
  EXPECT_TRUE(done.lists("publishPolicy"));
  EXPECT_FALSE(done.lists("disableDevice"));
  EXPECT_EQ(p.count("settings.changed"), 2u) << "one for each setting";
  SettingsService again(p.changes);
  EXPECT_EQ(take(again.get()), done) << "kept in the store";
  EXPECT_EQ(code(p.settings.change(next, "why", p.security)), Errc::conflict) << "of an older revision";
}

TEST(Settings, WhatTheyMayNotBe) {
  const auto refused = [](auto change) {
    Settings s;
    change(s);
    return code(check_settings(s)) == Errc::invalid;
  };
  EXPECT_TRUE(refused([](auto& s) { s.idle_minutes = 9; }));
  EXPECT_TRUE(refused([](auto& s) { s.idle_minutes = 31; }));
  EXPECT_TRUE(refused([](auto& s) { s.confirm_minutes = 0; }));
  EXPECT_TRUE(refused([](auto& s) { s.password_length = 7; }));
  EXPECT_TRUE(refused([](auto& s) { s.password_days = 366; }));
  EXPECT_TRUE(refused([](auto& s) { s.password_history = 25; }));
  for (const auto* entry :
       {"listDevices", "createUser", "nothing", "", "orderAction:", "orderAction:a", "orderAction:a.b c"})
    EXPECT_TRUE(refused([&](auto& s) { s.two_persons = {entry}; })) << entry;
  Settings good;
  good.two_persons = {"orderAction:hardware.replace", "getMediaContent"};
  EXPECT_TRUE(check_settings(good).has_value());
}

TEST(Settings, ChangesAreNamedWithBeforeAndAfter) {
  Settings before, after;
  after.two_persons = {"publishPolicy"};
  after.password_days = 30;
  const auto changes = changes_of(before, after);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].setting, "two_persons");
  EXPECT_EQ(changes[0].before, "");
  EXPECT_EQ(changes[0].after, "publishPolicy");
  EXPECT_EQ(changes[1].before, "90");
  EXPECT_EQ(changes[1].after, "30");
  EXPECT_TRUE(changes_of(after, after).empty());
}

TEST(Settings, ANewPlatformBeginsWithAListOnce) {
  testing::Platform p;
  EXPECT_TRUE(testing::take(p.settings.get()).two_persons.empty()) << "a platform from before has none";
  EXPECT_EQ(testing::code(p.settings.begin({"health"})), Errc::invalid);
  testing::good(p.settings.begin({"releaseDevice", "publishPolicy"}));
  testing::good(p.settings.begin({"deleteRegion"}));
  auto now = testing::take(p.settings.get());
  EXPECT_EQ(now.two_persons, (std::vector<std::string>{"publishPolicy", "releaseDevice"}));
  EXPECT_EQ(now.revision, 0u);
  EXPECT_EQ(p.count("settings.changed"), 1u);
  SettingsService after_a_restart(p.changes);
  EXPECT_EQ(testing::take(after_a_restart.get()).two_persons, now.two_persons);
  now.two_persons.clear();
  EXPECT_TRUE(testing::take(p.settings.change(now, "by two", {})).two_persons.empty());
  testing::good(p.settings.begin({"deleteRegion"}));
  EXPECT_TRUE(testing::take(p.settings.get()).two_persons.empty());
}

TEST(Settings, WhatTheClauseListsIsListedAtFirst) {
  Settings wanted;
  wanted.two_persons.assign(two_persons_at_first().begin(), two_persons_at_first().end());
  EXPECT_TRUE(check_settings(wanted)) << "every one may be listed";
  for (const auto* entry : {"publishPolicy", "releaseDevice", "orderAction:hardware.replace", "askAction:camera.live",
                            "getMediaContent", "approveBaseline", "deleteRegion", "disableUser", "forgetPerson"})
    EXPECT_TRUE(wanted.lists(entry)) << entry;
}

}  // namespace
}  // namespace kw::server
