// What is known of a kiosk and of the platform, as facts: data in, facts out.
#include <gmock/gmock.h>

#include "compliance/testing/catalogue.h"
#include "kioskward/v1/device.pb.h"
#include "server/compliance/kiosk_facts.h"
#include "server/compliance/platform_facts.h"

namespace kw::server {
namespace {

using compliance::Facts;
using std::chrono::hours;

constexpr Timestamp kT{1'000'000'000'000'000'000};

std::string value_of(const Facts& facts, std::string_view key) {
  const auto* fact = facts.find(key);
  return fact == nullptr ? "-" : fact->value;
}
std::optional<Timestamp> time_of_fact(const Facts& facts, std::string_view key) {
  const auto* fact = facts.find(key);
  return fact == nullptr ? std::nullopt : std::optional(fact->time);
}

KioskState kiosk_state() {
  KioskState out;
  out.device.custodian = "张三";
  out.word.vouched = kT - hours(1);
  out.word.state = kioskward::v1::NORMAL;
  out.word.facts_since = kT - hours(10);
  out.word.events_complete = kT - hours(2);
  out.word.suite = "ECC_SM4_GCM_SM3";
  out.word.admitted = kT - hours(10);
  out.modes = {{"interfaces", "enforce"}, {"network", "enforce"}, {"shell", "watch"}};
  return out;
}
store::StoredFact told(std::string key, std::string value, Timestamp heard) {
  return {std::move(key), std::move(value), Timestamp{1}, "rtnetlink", heard};
}
store::CertificateRecord certificate(std::string usage, Timestamp ends) {
  return {{}, {}, std::move(usage), {}, kT - hours(24), ends, std::nullopt};
}

TEST(KioskFacts, AFactHoldsAsOfTheNewestVouchedHeartbeat) {
  auto state = kiosk_state();
  state.facts = {told("interfaces.others_up", "", kT - hours(9))};
  const auto facts = kiosk_facts(state, kT);
  EXPECT_EQ(time_of_fact(facts, "interfaces.others_up"), kT - hours(1)) << "unchanged since, and vouched for";
  EXPECT_EQ(facts.find("interfaces.others_up")->source, "rtnetlink");
}

TEST(KioskFacts, WhatNobodyVouchedForSaysNothing) {
  auto state = kiosk_state();
  state.facts = {told("interfaces.others_up", "", kT - hours(0))};
  EXPECT_EQ(kiosk_facts(state, kT).find("interfaces.others_up"), nullptr);
  state.word.vouched.reset();
  state.facts = {told("interfaces.others_up", "", kT - hours(9))};
  const auto facts = kiosk_facts(state, kT);
  EXPECT_EQ(facts.find("interfaces.others_up"), nullptr);
  for (const auto* key : {"device.state", "device.channel_suite", "policy.mode.interfaces", "events.complete"})
    EXPECT_EQ(facts.find(key), nullptr) << key;
}

TEST(KioskFacts, WhatWasNotToldAgainOnTheNewestLinkGrowsStale) {
  auto state = kiosk_state();
  state.facts = {told("camera.state", "up", kT - hours(20))};
  EXPECT_EQ(time_of_fact(kiosk_facts(state, kT), "camera.state"), kT - hours(20));
}

TEST(KioskFacts, AKioskDoesNotSpeakInThePlatformsName) {
  auto state = kiosk_state();
  state.modes.clear();
  state.word.events_complete.reset();
  for (const auto* key : {"policy.mode.interfaces", "event:net.released", "events.complete", "device.registered",
                          "events.complete:net.cut", "platform.vault"})
    state.facts.push_back(told(key, "forged", kT - hours(9)));
  const auto facts = kiosk_facts(state, kT);
  for (const auto& fact : facts.all()) EXPECT_NE(fact.value, "forged") << fact.key;
  EXPECT_EQ(value_of(facts, "device.registered"), "enabled");
}

TEST(KioskFacts, ThePolicyThatAnAgentOnlyWatchesIsNotEnforced) {
  auto state = kiosk_state();
  EXPECT_EQ(value_of(kiosk_facts(state, kT), "policy.mode.interfaces"), "enforce");
  EXPECT_EQ(value_of(kiosk_facts(state, kT), "policy.mode.shell"), "watch");
  state.word.state = kioskward::v1::WATCHING;
  const auto facts = kiosk_facts(state, kT);
  EXPECT_EQ(value_of(facts, "policy.mode.interfaces"), "watch");
  EXPECT_EQ(value_of(facts, "device.state"), "watching");
}

TEST(KioskFacts, TheRegisterIsKnownNowAndTheWordWhenItWasGiven) {
  auto state = kiosk_state();
  const auto facts = kiosk_facts(state, kT);
  EXPECT_EQ(time_of_fact(facts, "device.registered"), kT);
  EXPECT_EQ(value_of(facts, "device.custodian"), "named");
  EXPECT_EQ(time_of_fact(facts, "device.state"), kT - hours(1));
  EXPECT_EQ(value_of(facts, "device.channel_suite"), "ECC_SM4_GCM_SM3");
  EXPECT_EQ(time_of_fact(facts, "events.complete"), kT - hours(2));
  state.device.custodian.clear();
  state.device.disabled = true;
  EXPECT_EQ(value_of(kiosk_facts(state, kT), "device.custodian"), "none");
  EXPECT_EQ(value_of(kiosk_facts(state, kT), "device.registered"), "disabled");
}

TEST(KioskFacts, CertificatesCountByTheFirstUsageThatEnds) {
  const auto days = [](std::vector<store::CertificateRecord> all) { return certificate_days(all, kT); };
  EXPECT_EQ(days({certificate("signing", kT + hours(24 * 30)), certificate("encryption", kT + hours(24 * 10 + 5))}),
            10);
  EXPECT_EQ(days({certificate("signing", kT + hours(24 * 30))}), std::nullopt);
  auto renewed = std::vector{certificate("signing", kT + hours(24)), certificate("signing", kT + hours(24 * 90)),
                             certificate("encryption", kT + hours(24 * 91))};
  EXPECT_EQ(days(renewed), 90) << "the one that replaced it counts";
  renewed[1].revoked = kT;
  EXPECT_EQ(days(renewed), 1);
  EXPECT_EQ(days({certificate("signing", kT - hours(50)), certificate("encryption", kT + hours(24))}), 0);
}

TEST(KioskFacts, TheNewestOfAnEventCountsWhoeverToldIt) {
  Facts facts;
  event_facts({{"net.cut", "blocked", kT - hours(3), true}, {"net.cut", "observed", kT - hours(2), false}}, facts);
  EXPECT_EQ(value_of(facts, "event:net.cut"), "observed");
  event_facts({{"net.cut", "older", kT - hours(9), false}}, facts);
  EXPECT_EQ(value_of(facts, "event:net.cut"), "observed");
}

TEST(PlatformFacts, WhatIsNotKnownIsAbsent) {
  Facts facts;
  own_facts({.gathered = kT, .retention_days = 184, .landing = true}, facts);
  EXPECT_EQ(facts.find("platform.ledger.quorum"), nullptr);
  EXPECT_EQ(facts.find("platform.masks.gate"), nullptr);
  EXPECT_EQ(facts.find("platform.catalogue.matters"), nullptr);
  EXPECT_EQ(value_of(facts, "platform.vault"), "off");
  EXPECT_EQ(value_of(facts, "platform.retention_days"), "184");
  EXPECT_EQ(value_of(facts, "platform.store"), "embedded");
  own_facts({.gathered = kT, .quorum_held = false, .vault = true, .masks_passed = true, .matters = 2}, facts);
  EXPECT_EQ(value_of(facts, "platform.ledger.quorum"), "lost");
  EXPECT_EQ(value_of(facts, "platform.masks.gate"), "passed");
  EXPECT_EQ(value_of(facts, "platform.catalogue.matters"), "2");
}

TEST(PlatformFacts, AccountsAreCountedThatCanBeUsed) {
  const auto account = [](std::string role, std::string person, store::UserState state) {
    AccountState out;
    out.user.role = std::move(role);
    out.user.person = std::move(person);
    out.user.state = state;
    out.user.created = kT - hours(24 * 200);
    out.user.last_login = kT - hours(24);
    out.user.totp_sealed = {1};
    return out;
  };
  using enum store::UserState;
  auto all = std::vector{account("system", "p1", active), account("audit", "p1", active),
                         account("security", "p2", active), account("audit", "p2", disabled)};
  Facts facts;
  account_facts(all, kT, facts);
  EXPECT_EQ(value_of(facts, "platform.accounts.exclusive_pairs"), "1");
  EXPECT_EQ(value_of(facts, "platform.accounts.dormant"), "0");
  EXPECT_EQ(value_of(facts, "platform.accounts.single_factor"), "0");
  all[0].user.totp_sealed.clear();
  all[1].user.totp_sealed.clear();
  all[1].second_factor = true;
  all[2].user.last_login = kT - hours(24 * 91);
  all.push_back(account("operator", "p3", invited));
  account_facts(all, kT, facts);
  EXPECT_EQ(value_of(facts, "platform.accounts.single_factor"), "1");
  EXPECT_EQ(value_of(facts, "platform.accounts.dormant"), "1");
}

TEST(PlatformFacts, TheOldestKeyThatStillSealsCounts) {
  const auto key = [](vault::KeyState state, Timestamp made) {
    store::VaultKey out;
    out.state = state;
    out.made = made;
    return out;
  };
  Facts facts;
  vault_facts({}, 0, kT, facts);
  EXPECT_EQ(facts.find("platform.vault.key_days"), nullptr);
  vault_facts(
      {key(vault::KeyState::active, kT - hours(24 * 5)), key(vault::KeyState::decrypt_only, kT - hours(24 * 900))}, 3,
      kT, facts);
  EXPECT_EQ(value_of(facts, "platform.vault.key_days"), "5");
  EXPECT_EQ(value_of(facts, "platform.vault.overdue"), "3");
}

TEST(PlatformFacts, AKioskSettlesNothingOfThePlatforms) {
  Facts facts;
  platform_events({{"store.row.tampered", "observed", kT - hours(5), false},
                   {"store.rows.accepted", "forged", kT - hours(1), true},
                   {"file.restore.failed", "failed", kT - hours(2), true}},
                  kT - hours(3), kT, facts);
  EXPECT_NE(facts.find("event:store.row.tampered"), nullptr);
  EXPECT_EQ(facts.find("event:store.rows.accepted"), nullptr);
  EXPECT_NE(facts.find("event:file.restore.failed"), nullptr);
  EXPECT_EQ(time_of_fact(facts, "events.complete"), kT);
  EXPECT_EQ(time_of_fact(facts, "events.complete:file.restore.failed"), kT - hours(3));
  platform_events({}, std::nullopt, kT, facts);
  EXPECT_EQ(time_of_fact(facts, "events.complete:file.restore.failed"), Timestamp{}) << "one kiosk never said so";
}

/// The platform's requirements look at events of its own, and at kiosks' where is_kiosks names them: a new one has to
/// be put in one of the two.
TEST(PlatformFacts, EveryEventOfThePlatformsRequirementsIsOneOfTheTwo) {
  const std::set<std::string> own{"admin.factor.cloned",
                                  "admin.factor.removed",
                                  "database.audit.touched",
                                  "database.record.lost",
                                  "database.record.silent",
                                  "export.recovered",
                                  "export.stalled",
                                  "ledger.full",
                                  "ledger.room.restored",
                                  "ledger.write.failed",
                                  "ledger.write.resumed",
                                  "media.damaged",
                                  "store.row.tampered",
                                  "store.rows.accepted",
                                  "vault.rows.anchored",
                                  "vault.rows.differ",
                                  "vault.walked"};
  for (const auto& one : compliance::testing::shipped_requirements()) {
    if (one.scope != compliance::Scope::platform) continue;
    for (const auto& check : one.checks)
      for (auto keys : {check.keys, check.settled_by})
        for (auto& key : keys) {
          if (!key.starts_with(compliance::kEventPrefix)) continue;
          key.erase(0, compliance::kEventPrefix.size());
          EXPECT_TRUE(own.contains(key) != is_kiosks(key)) << one.id << " " << key;
        }
  }
}

/// What facts.toml promises `from = "platform"` is what these functions give.
TEST(PlatformFacts, EveryFactThatThePlatformPromisesIsGiven) {
  Facts facts;
  auto state = kiosk_state();
  state.certificates = {certificate("signing", kT + hours(24)), certificate("encryption", kT + hours(24))};
  for (const auto* section : {"camera", "egress", "hardware", "host", "integrity", "malware", "outbound", "peripherals",
                              "programs", "system"})
    state.modes[section] = "enforce";
  facts = kiosk_facts(state, kT);
  own_facts({.gathered = kT, .quorum_held = true, .masks_passed = true, .matters = 1, .fields_without_class = 0},
            facts);
  account_facts({}, kT, facts);
  store::VaultKey key;
  key.state = vault::KeyState::active;
  key.made = kT;
  vault_facts({key}, 0, kT, facts);
  std::istringstream lines(compliance::testing::read_text(compliance::testing::catalogue_dir() / "facts.toml"));
  std::string line, name;
  std::size_t seen = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with("key = ")) name = line.substr(7, line.size() - 8);
    if (line != "from = \"platform\"") continue;
    ++seen;
    EXPECT_NE(facts.find(name), nullptr) << name;
  }
  EXPECT_EQ(seen, 34u);
}

}  // namespace
}  // namespace kw::server
