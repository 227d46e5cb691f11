// Rule files, item files and scenario files that are refused, each for what its first line says; and one that is read.
#include <gtest/gtest.h>

#include "compliance/item.h"
#include "compliance/scenario.h"
#include "compliance/testing/catalogue.h"

namespace kw::compliance {
namespace {

namespace fs = std::filesystem;
using testing::read_text;

/// "# Errc-name: part of the detail"
TEST(ComplianceParser, bad_files_are_refused_for_what_they_say) {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(KW_SOURCE_DIR) / "src/compliance/testdata/bad")) {
    const auto name = entry.path().filename().string();
    const auto text = read_text(entry.path());
    ASSERT_TRUE(text.starts_with("# ")) << name;
    const auto wanted = text.substr(2, text.find('\n') - 2);
    std::string got;
    if (name.starts_with("rule-")) {
      const auto parsed = parse_requirement(text, name);
      got = parsed ? "taken" : parsed.error().text();
    } else if (name.starts_with("items-")) {
      const auto parsed = parse_items(text, name);
      got = parsed ? "taken" : parsed.error().text();
    } else {
      const auto parsed = parse_scenario(text, name);
      got = parsed ? "taken" : parsed.error().text();
    }
    const auto colon = wanted.find(": ");
    EXPECT_TRUE(got.starts_with(wanted.substr(0, colon) + ": " + name + ": ")) << name << ": " << got;
    EXPECT_NE(got.find(wanted.substr(colon + 2)), got.npos) << name << ": " << got;
    ++seen;
  }
  EXPECT_GE(seen, 20);
}

TEST(ComplianceParser, a_rule_is_read_whole) {
  const auto rule = parse_requirement(read_text(fs::path(KW_SOURCE_DIR) / "src/compliance/testdata/good.toml"));
  ASSERT_TRUE(rule) << rule.error().text();
  EXPECT_EQ(rule->id, "5.4-z.1");
  EXPECT_EQ(rule->modality, Modality::shall_not);
  EXPECT_EQ(rule->severity, Severity::critical);
  EXPECT_EQ(rule->scope, Scope::site);
  EXPECT_EQ(rule->title.zh, "标题");
  EXPECT_EQ(rule->leaves_open.en, "nobody measures the rest");
  EXPECT_TRUE(rule->may_not_apply);
  ASSERT_EQ(rule->checks.size(), 3U);
  const auto& fact = rule->checks[0];
  EXPECT_EQ(fact.kind, Check::Kind::fact);
  EXPECT_EQ(fact.keys, std::vector<std::string>{"system.patch_lag_days"});
  EXPECT_EQ(fact.comparison.at_least, 0);
  EXPECT_EQ(fact.comparison.at_most, 30);
  EXPECT_EQ(fact.stale_after, std::chrono::hours(24));
  EXPECT_EQ(fact.says_nothing, (std::vector<std::string>{"not judged", ""}));
  EXPECT_TRUE(fact.needs_signature);
  EXPECT_FALSE(fact.decides);
  const auto& event = rule->checks[1];
  EXPECT_EQ(event.kind, Check::Kind::event);
  EXPECT_EQ(event.keys, (std::vector<std::string>{"event:malware.found", "event:malware.gate.lost"}));
  EXPECT_EQ(event.settled_by, std::vector<std::string>{"event:malware.quarantined"});
  EXPECT_FALSE(event.must_happen);
  EXPECT_EQ(event.within, std::chrono::hours(24 * 7));
  const auto& record = rule->checks[2];
  EXPECT_EQ(record.kind, Check::Kind::record);
  EXPECT_EQ(record.record, "ground-test");
  EXPECT_EQ(record.roles, std::vector<std::string>{"inspector"});
  EXPECT_TRUE(record.needs_file);
  ASSERT_EQ(record.fields.size(), 2U);
  EXPECT_FALSE(record.fields[0].comparison.asks());
  EXPECT_EQ(record.fields[1].comparison.at_most, 4);
}

TEST(ComplianceParser, what_is_too_large_is_refused_before_it_is_read) {
  const auto parsed = parse_requirement(std::string(kMostRule + 1, '#'));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.code(), Errc::too_large);
  EXPECT_EQ(parse_scenario(std::string(kMostScenario + 1, '#')).code(), Errc::too_large);
}

TEST(ComplianceParser, spans) {
  EXPECT_EQ(*parse_span("90m"), std::chrono::minutes(90));
  EXPECT_EQ(*parse_span("365d"), std::chrono::hours(24 * 365));
  for (const auto* bad : {"", "h", "5", "5s", "-5h", "99999d", "123456m", "5 h"}) EXPECT_FALSE(parse_span(bad)) << bad;
  for (const auto* same : {"90m", "26h", "3d"}) EXPECT_EQ(text_of_span(*parse_span(same)), same);
}

}  // namespace
}  // namespace kw::compliance
