// Judging anew what a change touches gives the same as judging everything; score, expiring, would_raise, changes.
#include <gmock/gmock.h>

#include <random>

#include "compliance/dependencies.h"
#include "compliance/score.h"
#include "compliance/testing/catalogue.h"

namespace kw::compliance {
namespace {

using std::chrono::hours;

const Timestamp kStart = Timestamp::from_seconds(1'800'000'000);

std::string essence(const Verdict& verdict) {
  std::string out(name(verdict.status));
  for (const auto& reason : verdict.reasons) out += " " + std::string(name(reason.why)) + "/" + reason.used;
  return out;
}

/// What random changes draw from: every key, type and kind that the catalogue looks at, and values good and bad.
struct Draw {
  explicit Draw(std::span<const Requirement> rules) {
    for (const auto& rule : rules) {
      if (rule.may_not_apply) ids.push_back(rule.id);
      for (const auto& check : rule.checks) {
        for (const auto& key : check.keys) keys.push_back(key);
        for (const auto& key : check.settled_by) keys.push_back(key);
        for (const auto& value : check.comparison.is) values.push_back(value);
        if (check.kind == Check::Kind::record) records.push_back(&check);
      }
    }
    keys.emplace_back(kEventsComplete);
    for (const auto* value : {"", "0", "1", "40", "bad"}) values.emplace_back(value);
  }
  template <class T>
  const T& one_of(const std::vector<T>& from) {
    return from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(random)];
  }
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random); }
  Fact fact(Timestamp now) {
    return {.key = one_of(keys), .value = one_of(values), .time = now - hours(up_to(40) - 1), .source = "random"};
  }
  Evidence evidence(Timestamp now) {
    Evidence out;
    const auto* check = one_of(records);
    out.kind = check->record;
    out.number = std::to_string(up_to(9));
    out.valid_from = now - hours(up_to(5000) - 50);
    out.valid_until = out.valid_from + hours(up_to(9000));
    out.who = "li";
    out.role = up_to(5) == 0 ? "assessor" : check->roles[0];
    if (up_to(5) != 0) out.file_digest = Bytes(32, 1);
    for (const auto& field : check->fields)
      if (up_to(20) != 0) out.fields[field.name] = field.comparison.is.empty() ? "1" : field.comparison.is[0];
    if (up_to(9) == 0) {
      out.kind = kNotApplicable;
      out.requirement = one_of(ids);
      out.reason = "none here";
      out.second_who = up_to(2) == 0 ? "li" : "wang";
    }
    return out;
  }
  std::vector<std::string> keys, values, ids;
  std::vector<const Check*> records;
  std::mt19937_64 random{20260101};  // the same every time
};

TEST(ComplianceBoard, incremental_is_full_over_random_changes) {
  const auto rules = testing::shipped_requirements();
  const Dependencies index(rules);
  Draw draw(rules);
  auto now = kStart;
  Facts facts;
  Evidences evidences;
  Board board(index, facts, evidences, now);
  std::array<int, kStatuses> seen{};
  for (int step = 0; step < 3000; ++step) {
    const int what = draw.up_to(9);
    if (what < 5) {
      const auto fact = draw.fact(now);
      facts.put(fact);
      board.put(fact, now);
    } else if (what < 7) {
      const auto evidence = draw.evidence(now);
      evidences.put(evidence);
      board.put(evidence, now);
    } else if (what < 8) {
      const auto& key = draw.one_of(draw.keys);
      facts.remove(key);
      board.remove_fact(key, now);
    } else {
      now = now + std::chrono::minutes(draw.up_to(600));
      board.pass(now);
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const auto full = evaluate(rules[i], facts, evidences, now);
      ASSERT_EQ(essence(board.verdicts()[i]), essence(full)) << "step " << step << ", " << rules[i].id;
      ++seen.at(static_cast<std::size_t>(full.status));
    }
  }
  for (const auto count : seen) EXPECT_GT(count, 0);  // the changes reached every status
}

TEST(ComplianceBoard, a_fact_touches_what_depends_on_it_alone) {
  const auto rules = testing::shipped_requirements();
  const Dependencies index(rules);
  Board board(index, {}, {}, kStart);
  const auto touched =
      board.put({.key = "interfaces.radios_on", .value = "", .time = kStart, .source = "rfkill"}, kStart);
  EXPECT_EQ(touched, 3U);  // Wi-Fi, Bluetooth, cellular
  EXPECT_EQ(board.put({.key = "nobody.asks", .value = "", .time = kStart, .source = "x"}, kStart), 0U);
  EXPECT_EQ(board.pass(kStart), 0U);
  EXPECT_EQ(board.pass(kStart + hours(25)), 3U);
}

std::vector<Requirement> four_rules() {
  std::vector<Requirement> out(4);
  const Severity severities[] = {Severity::critical, Severity::ordinary, Severity::minor, Severity::none};
  for (std::size_t i = 0; i < out.size(); ++i) out[i].severity = severities[i];
  return out;
}
std::vector<Verdict> verdicts_of(const std::vector<Status>& all) {
  std::vector<Verdict> out;
  for (const auto status : all) out.push_back({.status = status, .reasons = {}, .valid_until = {}});
  return out;
}

struct ScoreCase {
  std::vector<Status> statuses;
  std::optional<std::uint64_t> percent;
};
TEST(ComplianceScore, the_formula) {
  using enum Status;
  const ScoreCase cases[] = {
      {{met_measured, met_attested, met_measured, unknown}, 10'000},  // an informative one weighs nothing
      {{met_measured, unknown, not_met, unknown}, 7272},              // 8 of 11
      {{partly, partly, partly, partly}, 5000},
      {{unknown, unknown, unknown, unknown}, 0},
      {{not_applicable, met_measured, not_met, unknown}, 6666},  // 2 of 3
      {{not_applicable, not_applicable, not_applicable, met_measured}, std::nullopt},
  };
  const auto rules = four_rules();
  for (const auto& one : cases) EXPECT_EQ(score(rules, verdicts_of(one.statuses)).percent_hundredths(), one.percent);
}

TEST(ComplianceScore, a_fleet_s_is_all_earned_over_all_possible) {
  using enum Status;
  const auto rules = four_rules();
  auto sum = score(rules, verdicts_of({met_measured, met_measured, met_measured, unknown}));
  sum += score(rules, verdicts_of({not_applicable, not_applicable, not_met, unknown}));
  EXPECT_EQ(sum.percent_hundredths(), 9166U);  // 11 of 12
  EXPECT_EQ(sum.count.at(static_cast<std::size_t>(unknown)), 2U);
  EXPECT_EQ(Score().percent_hundredths(), std::nullopt);
}

TEST(ComplianceScore, what_would_raise_it_most_stands_first) {
  using enum Status;
  const auto rules = four_rules();
  const auto one = verdicts_of({met_measured, not_met, unknown, not_met});
  const auto two = verdicts_of({partly, not_met, not_applicable, not_met});
  const Verdicts fleet[] = {one, two};
  const auto raises = would_raise(rules, fleet);
  ASSERT_EQ(raises.size(), 3U);
  EXPECT_EQ(raises[0].requirement, 0U);  // half of 8, against 2 × 2 of ordinary: earlier stands first among equals
  EXPECT_EQ(raises[0].half_weights, 8U);
  EXPECT_EQ(raises[1].requirement, 1U);
  EXPECT_EQ(raises[1].half_weights, 8U);
  EXPECT_EQ(raises[1].subjects, 2U);
  EXPECT_EQ(raises[2].requirement, 2U);
  // it is what the score gains
  auto better = one;
  better[1].status = met_measured;
  EXPECT_EQ(score(rules, better).earned - score(rules, one).earned, 4U);
}

TEST(ComplianceScore, what_ends_soon_and_what_changed) {
  using enum Status;
  auto before = verdicts_of({met_attested, met_attested, met_attested, not_met});
  before[0].valid_until = kStart + hours(48);
  before[1].valid_until = kStart + hours(24);
  before[2].valid_until = kStart + hours(480);
  const auto soon = expiring(before, kStart, hours(72));
  ASSERT_EQ(soon.size(), 2U);
  EXPECT_EQ(soon[0].requirement, 1U);
  EXPECT_EQ(soon[1].requirement, 0U);
  const auto after = verdicts_of({met_attested, unknown, met_attested, met_measured});
  const auto changed = changes(before, after);
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0].requirement, 1U);
  EXPECT_EQ(changed[0].after, unknown);
  EXPECT_EQ(changed[1].before, not_met);
}

}  // namespace
}  // namespace kw::compliance
