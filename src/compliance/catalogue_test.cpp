// The shipped catalogue: complete, every scenario comes out as written, and it names only what there is.
#include "compliance/testing/catalogue.h"

#include <gmock/gmock.h>

#include <set>

#include "compliance/item.h"
#include "compliance/scenario.h"
#include "config/parse_toml.h"

namespace kw::compliance {
namespace {

namespace fs = std::filesystem;
using testing::catalogue_dir;
using testing::listed_ids;
using testing::read_text;
using testing::shipped_requirements;

std::vector<fs::path> files_of(const fs::path& dir, std::string_view starts, std::string_view ends) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    const auto name = entry.path().filename().string();
    if (entry.is_regular_file() && name.starts_with(starts) && name.ends_with(ends)) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

std::vector<Item> shipped_items() {
  std::vector<Item> out;
  for (const auto* standard : {"22239", "39786"}) {
    for (const auto& path : files_of(catalogue_dir() / standard, "", ".toml")) {
      auto file = parse_items(read_text(path), path.string());
      if (!file) throw std::runtime_error(file.error().text());
      for (auto& item : file->items) out.push_back(std::move(item));
    }
  }
  return out;
}

TEST(ComplianceCatalogue, every_requirement_has_its_folder_and_nothing_else_has) {
  const auto ids = listed_ids();
  EXPECT_EQ(ids.size(), 129U);  // 125 and four informative ones
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(catalogue_dir() / "503.7"))
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  EXPECT_EQ(folders, std::set<std::string>(ids.begin(), ids.end()));
  EXPECT_EQ(std::ranges::count(shipped_requirements(), Modality::informative, &Requirement::modality), 4);
}

TEST(ComplianceCatalogue, every_scenario_comes_out_as_written) {
  for (const auto& id : listed_ids()) {
    const auto dir = catalogue_dir() / "503.7" / id;
    const auto rule = parse_requirement(read_text(dir / "rule.toml"), (dir / "rule.toml").string());
    ASSERT_TRUE(rule) << rule.error().text();
    EXPECT_EQ(rule->id, id);
    int passes = 0, fails = 0;
    for (const auto& path : files_of(dir, "", ".toml")) {
      const auto name = path.filename().string();
      if (name == "rule.toml") continue;
      const auto scenario = parse_scenario(read_text(path), path.string());
      ASSERT_TRUE(scenario) << scenario.error().text();
      const auto result = run_scenario(*rule, *scenario);
      ASSERT_TRUE(result) << path << ": " << result.error().text();
      EXPECT_EQ(*result, "") << path;
      // what a rule leaves open is at most partly met, and its best case says so
      const bool good =
          is_met(scenario->expect) || scenario->expect == Status::not_applicable ||
          (scenario->expect == Status::partly && !rule->leaves_open.en.empty() && scenario->because.empty());
      EXPECT_EQ(good, name.starts_with("pass-")) << path;
      EXPECT_EQ(!good, name.starts_with("fail-")) << path;
      ++(good ? passes : fails);
    }
    EXPECT_GE(passes, 1) << id;
    EXPECT_GE(fails, 1) << id;
  }
}

// A check that no scenario sees fail could be left out unnoticed.
TEST(ComplianceCatalogue, every_check_fails_in_some_scenario) {
  for (const auto& rule : shipped_requirements()) {
    std::set<std::string> failed;
    for (const auto& path : files_of(catalogue_dir() / "503.7" / rule.id, "fail-", ".toml")) {
      const auto scenario = parse_scenario(read_text(path));
      ASSERT_TRUE(scenario) << path;
      for (const auto& because : scenario->because) failed.insert(because.substr(0, because.find(':')));
    }
    for (const auto& check : rule.checks) EXPECT_TRUE(failed.contains(check.name)) << rule.id << " " << check.name;
  }
}

TEST(ComplianceCatalogue, the_embedded_store_does_not_meet_the_distributed_database) {
  const auto all = shipped_requirements();
  const auto rule = std::ranges::find(all, "7.4.1.1", &Requirement::id);
  ASSERT_NE(rule, all.end());
  Facts facts;
  const Timestamp now = Timestamp::from_seconds(1'800'000'000);
  facts.put({.key = "platform.store", .value = "embedded", .time = now, .source = "platform"});
  facts.put({.key = "platform.store.nodes", .value = "1", .time = now, .source = "platform"});
  EXPECT_EQ(evaluate(*rule, facts, {}, now).status, Status::not_met);
}

TEST(ComplianceCatalogue, items_and_rules_name_each_other) {
  std::set<std::pair<std::string, std::string>> by_rules, by_items;
  std::set<std::string> ids;
  for (const auto& rule : shipped_requirements()) {
    ids.insert(rule.id);
    for (const auto& item : rule.also) by_rules.emplace(rule.id, item);
  }
  std::set<std::string> items;
  for (const auto& item : shipped_items()) {
    EXPECT_TRUE(items.insert(item.id).second) << item.id << " twice";
    for (const auto& id : item.proven_by) {
      EXPECT_TRUE(ids.contains(id)) << item.id << " is said to be proven by " << id;
      by_items.emplace(id, item.id);
    }
  }
  EXPECT_EQ(by_rules, by_items);
}

TEST(ComplianceCatalogue, both_levels_of_22239_are_there) {
  int level2 = 0, level3 = 0;
  for (const auto& item : shipped_items()) {
    if (!item.id.starts_with("MLPS-")) continue;
    level2 += item.level2.empty() ? 0 : 1;
    level3 += item.level3.empty() ? 0 : 1;
  }
  EXPECT_EQ(level2 + level3 > 350, true) << level2 << " and " << level3;
  EXPECT_GT(level3, level2);
}

std::map<std::string, std::string> listed_facts() {
  const auto table = config::parse_toml(read_text(catalogue_dir() / "facts.toml"));
  std::map<std::string, std::string> out;
  for (const auto& one : *table->get_as<toml::array>("fact"))
    out[*(*one.as_table())["key"].value<std::string>()] = *(*one.as_table())["from"].value<std::string>();
  return out;
}

TEST(ComplianceCatalogue, every_fact_is_listed_and_kiosks_really_tell_theirs) {
  std::string sources;
  for (const auto* dir : {"src/agent", "src/device"})
    for (const auto& path : files_of(fs::path(KW_SOURCE_DIR) / dir, "", ".cpp"))
      if (!path.string().ends_with("_test.cpp")) sources += read_text(path);
  auto listed = listed_facts();
  std::set<std::string> used{std::string(kEventsComplete)};
  for (const auto& rule : shipped_requirements())
    for (const auto& check : rule.checks)
      if (check.kind == Check::Kind::fact) used.insert(check.keys[0]);
  for (const auto& key : used) {
    ASSERT_TRUE(listed.contains(key)) << key;
    if (listed[key] != "kiosk") continue;
    // the agent names a fact as a whole, or as its section's prefix and the rest
    const auto rest = key.substr(key.find('.') + 1);
    EXPECT_TRUE(has(sources, "\"" + key + "\"") || has(sources, "\"" + rest + "\"")) << key;
  }
  for (const auto& [key, from] : listed) {
    EXPECT_TRUE(used.contains(key)) << key << " is listed, and no rule looks at it";
    EXPECT_THAT(from, ::testing::AnyOf("kiosk", "platform")) << key;
  }
}

TEST(ComplianceCatalogue, every_event_is_one_of_the_platform) {
  std::string schemas;
  for (const auto& path : files_of(fs::path(KW_SOURCE_DIR) / "schemas" / "events", "", ".json"))
    schemas += read_text(path);
  for (const auto& rule : shipped_requirements()) {
    for (const auto& check : rule.checks) {
      auto types = check.settled_by;
      if (check.kind == Check::Kind::event) types.insert(types.end(), check.keys.begin(), check.keys.end());
      for (const auto& type : types)
        EXPECT_TRUE(has(schemas, "\"type\": \"" + type.substr(kEventPrefix.size()) + "\"")) << rule.id << " " << type;
    }
  }
}

TEST(ComplianceCatalogue, who_attests_is_a_role_of_the_platform) {
  const auto permissions = read_text(fs::path(KW_SOURCE_DIR) / "schemas" / "permissions.json");
  for (const auto& rule : shipped_requirements())
    for (const auto& role : rule.attested_by)
      EXPECT_TRUE(has(permissions, "\"role\": \"" + role + "\"")) << rule.id << " " << role;
}

}  // namespace
}  // namespace kw::compliance
