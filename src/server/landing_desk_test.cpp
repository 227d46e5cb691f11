// The desk masks, refuses, counts and tells; free text of entries, extracts and exports goes through it.
#include "server/landing_desk.h"

#include <fstream>
#include <thread>

#include "base/text.h"
#include "server/testing/export_bed.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::take;

constexpr std::string_view kRules = R"(
[[rule]]
name = "internal"
pattern = "内部资料"
[[rule]]
name = "case-number"
pattern = "案号[0-9]{6}"
action = "mask"
)";
LandingRulebook rulebook() { return take(LandingRulebook::compile(kRules)); }

struct LandingBed : ::testing::Test {
  testing::Platform p;
  LandingDesk desk{rulebook(), p.log};
  LandingBed() { p.changes.set_landing(desk); }
  std::string reason_of(const std::string& reason) {
    good(p.changes.run(
        [&](Change& change) { return change.record({.type = "device.disabled", .params = {{"reason", reason}}}); }));
    return p.outbox().back().params().at("reason");
  }
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const auto& entry : p.outbox()) {
      if (!entry.type().starts_with("landing.")) continue;
      std::string line = entry.type();
      for (const auto* param : {"place", "kind", "rule", "count", "action"})
        if (const auto found = entry.params().find(param); found != entry.params().end()) line += " " + found->second;
      out.push_back(line);
    }
    return out;
  }
};

TEST_F(LandingBed, FreeTextOfAnEntryIsMaskedWhateverARuleSays) {
  EXPECT_EQ(reason_of("内部资料 案号202601 13800138000 机密★10年, nothing else"),
            "[rule] [rule] [phone] [marking], nothing else");
  EXPECT_EQ(reason_of("an ordinary reason, 密码 and 12345678901"), "an ordinary reason, 密码 and 12345678901");
}

TEST_F(LandingBed, AKiosksEventsAreMaskedOnceMore) {
  v1::Event event;
  event.set_version(1);
  event.set_id(std::string(16, 'e'));
  event.set_sequence(1);
  event.set_type("program.refused");
  event.set_result("blocked");
  (*event.mutable_params())["path"] = "/tmp/内部资料_11010519491231002X";
  EXPECT_TRUE(take(p.changes.run([&](Change& change) { return change.record_event(DeviceId(), event); })));
  EXPECT_EQ(p.outbox().back().params().at("path"), "/tmp/[rule]_[id-number]");
}

TEST_F(LandingBed, AtTheVaultsPlaceNumbersAreRefusedAndRulesDoAsTheySay) {
  const auto lands = [&](std::string_view text) -> std::string {
    const auto landed = take(desk.land(LandingPlace::vault, bytes_of(text)));
    return landed.octets ? copy_text(*landed.octets) : "refused";
  };
  EXPECT_EQ(lands("案号202601"), "[rule]");
  EXPECT_EQ(lands("内部资料"), "refused");
  EXPECT_EQ(lands("13800138000"), "refused");
  EXPECT_EQ(lands("秘密★"), "refused");
  EXPECT_EQ(lands("plain"), "plain");
}

TEST_F(LandingBed, MoreThanAScannerKeepsIsRefusedAsText) {
  std::string many;
  for (std::size_t i = 0; i <= landing::Scanner::kMostHits; ++i) many += "13800138000 ";
  EXPECT_EQ(reason_of(many), landing::kRefusedText);
  good(desk.tick(p.changes));
  EXPECT_EQ(told(), std::vector<std::string>{"landing.hit audit phone 1001 refused"});
}

TEST_F(LandingBed, AFloodIsOneEntryAMinuteWithACount) {
  for (int i = 0; i < 3; ++i) reason_of("13800138000");
  good(desk.tick(p.changes));
  good(desk.tick(p.changes));
  EXPECT_EQ(told(), std::vector<std::string>{"landing.hit audit phone 3 masked"});
  for (int i = 0; i < 500; ++i) (void)desk.masked(LandingPlace::audit, "13800138000");
  p.clock.advance(59s);
  good(desk.tick(p.changes));
  EXPECT_EQ(told().size(), 1u);
  p.clock.advance(1s);
  good(desk.tick(p.changes));
  ASSERT_EQ(told().size(), 2u);
  EXPECT_EQ(told().back(), "landing.hit audit phone 500 masked");
  (void)desk.masked(LandingPlace::audit, "13800138000");
  good(desk.tick(p.changes, true));
  EXPECT_EQ(told().back(), "landing.hit audit phone 1 masked") << "the end waits for nothing";
}

TEST_F(LandingBed, AMarkingRaisesAnAlarmAndARuleIsTold) {
  (void)desk.masked(LandingPlace::extract, "机密★10年 内部资料");
  good(desk.tick(p.changes));
  EXPECT_EQ(told(), (std::vector<std::string>{"landing.marking extract marking 1 masked",
                                              "landing.hit extract rule internal 1 masked"}));
  const auto alarms = take(p.alarms.page({})).items;
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].type, "landing.marking");
}

TEST_F(LandingBed, WhatCannotBeToldWaits) {
  reason_of("13800138000");
  p.store->full = true;
  EXPECT_EQ(code(desk.tick(p.changes)), Errc::no_space);
  p.store->full = false;
  good(desk.tick(p.changes));
  EXPECT_EQ(told(), std::vector<std::string>{"landing.hit audit phone 1 masked"});
  const auto tallies = desk.tallies();
  ASSERT_EQ(tallies.size(), 1u);
  EXPECT_EQ(tallies[0].count, 1u);
}

TEST_F(LandingBed, ManyThreadsUseItAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        if (desk.masked(LandingPlace::audit, "见内部资料，电话13800138000") != "见[rule]，电话[phone]") ADD_FAILURE();
    });
  for (auto& thread : threads) thread.join();
  for (const auto& one : desk.tallies()) EXPECT_EQ(one.count, 2000u) << one.kind;
}

TEST_F(LandingBed, ARuleThatEndsWithinACharacterLeavesText) {
  LandingDesk odd(take(LandingRulebook::compile("[[rule]]\nname = 'a'\npattern = 'abc.'\n")), p.log);
  const auto text = odd.masked(LandingPlace::audit, "abc密 x");
  EXPECT_EQ(clean_text(text, text.size()), text) << text;
  EXPECT_TRUE(text.starts_with("[rule]"));
  EXPECT_TRUE(text.ends_with(" x"));
}

TEST(LandingRules, AreReadFromTheCatalogueOrStopTheStart) {
  EXPECT_TRUE(take(LandingRulebook::load({})).rules.rules.empty());
  testing::TemporaryDirectory dir;
  EXPECT_FALSE(take(LandingRulebook::load(dir.path())).database);
  std::filesystem::create_directories(dir.path() / "landing");
  std::ofstream(dir.path() / "landing/rules.toml") << "[[rule]]\nname = \"endless\"\npattern = \"a+b\"\n";
  const auto refused = LandingRulebook::load(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.code(), Errc::invalid);
  EXPECT_NE(refused.error().text().find("rules.toml"), std::string::npos) << refused.error().text();
  EXPECT_NE(refused.error().text().find("endless"), std::string::npos) << refused.error().text();
  EXPECT_EQ(take(LandingRulebook::load(KW_SOURCE_DIR "/catalogue")).rules.rules.size(), 5u);
}

/// What was written before a rule came is masked when it leaves; the rest is as it was.
TEST(LandingExports, LeaveMaskedAndElseUnchanged) {
  testing::ExportBed bed;
  bed.happen(1, "an ordinary reason");
  bed.happen(1, "见内部资料");  // nobody's rule yet
  exports::Profile profile;
  const auto read = [&] {
    std::vector<std::string> out;
    ExportSource source(bed.p.changes, bed.reader());
    for (const auto& record : take(source.find(profile, bed.ledger(), 0, 100)).records)
      if (record.type == "device.disabled") out.push_back(record.params.at("reason"));
    return out;
  };
  EXPECT_EQ(read(), (std::vector<std::string>{"an ordinary reason", "见内部资料"}));
  LandingDesk desk(rulebook(), bed.p.log);
  bed.p.changes.set_landing(desk);
  EXPECT_EQ(read(), (std::vector<std::string>{"an ordinary reason", "见[rule]"}));
  EXPECT_EQ(read(), read()) << "a record that is sent again is the same";
  ASSERT_EQ(desk.tallies().size(), 1u);
  EXPECT_EQ(desk.tallies()[0].place, LandingPlace::exported);
}

}  // namespace
}  // namespace kw::server
