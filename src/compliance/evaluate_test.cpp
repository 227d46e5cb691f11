// How facts, events and records become a status: each reason, the order in which they decide, and until when it holds.
#include <gmock/gmock.h>

#include "compliance/verdict.h"

namespace kw::compliance {
namespace {

using std::chrono::hours;

const Timestamp kNow = Timestamp::from_seconds(1'800'000'000);

Check fact_check(std::string name, std::string key) {
  Check out;
  out.name = std::move(name);
  out.keys = {std::move(key)};
  out.comparison.is = {"good"};
  out.stale_after = hours(24);
  return out;
}
Check event_check(bool must_happen) {
  Check out;
  out.kind = Check::Kind::event;
  out.name = "event";
  out.keys = {"event:bad"};
  out.must_happen = must_happen;
  out.within = hours(48);
  out.stale_after = hours(1);
  return out;
}
Check record_check() {
  Check out;
  out.kind = Check::Kind::record;
  out.name = "record";
  out.record = "report";
  out.roles = {"inspector"};
  out.fields = {{.name = "result", .comparison = {}}};
  out.fields[0].comparison.is = {"pass"};
  return out;
}
Requirement rule(std::vector<Check> checks) {
  Requirement out;
  out.id = "1.2-a";
  out.checks = std::move(checks);
  return out;
}
Fact fact(std::string key, std::string value, Duration age = hours(1)) {
  return {.key = std::move(key), .value = std::move(value), .time = kNow - age, .source = "test"};
}
Evidence report() {
  Evidence out;
  out.kind = "report";
  out.number = "R1";
  out.valid_from = kNow - hours(24);
  out.valid_until = kNow + hours(24);
  out.who = "li";
  out.role = "inspector";
  out.fields = {{"result", "pass"}};
  return out;
}
Evidence left_out() {
  Evidence out = report();
  out.kind = kNotApplicable;
  out.requirement = "1.2-a";
  out.reason = "no such zone";
  out.second_who = "wang";
  return out;
}
Facts facts_of(std::initializer_list<Fact> all) {
  Facts out;
  for (const auto& one : all) out.put(one);
  return out;
}
Evidences evidences_of(std::initializer_list<Evidence> all) {
  Evidences out;
  for (const auto& one : all) out.put(one);
  return out;
}
Why first_why(const Verdict& verdict) { return verdict.reasons.at(0).why; }

struct FactCase {
  const char* what;
  std::vector<Fact> facts;
  Status status;
  Why why;
};
TEST(ComplianceEvaluate, facts) {
  const FactCase cases[] = {
      {"good", {fact("a", "good")}, Status::met_measured, Why::holds},
      {"exactly as old as it may be", {fact("a", "good", hours(24))}, Status::met_measured, Why::holds},
      {"a moment older", {fact("a", "good", hours(24) + Duration(1))}, Status::unknown, Why::stale},
      {"bad and stale is unknown, not bad", {fact("a", "bad", hours(25))}, Status::unknown, Why::stale},
      {"bad", {fact("a", "bad")}, Status::not_met, Why::differs},
      {"never measured", {}, Status::unknown, Why::never_measured},
      {"a clock ahead by minutes", {fact("a", "good", -std::chrono::minutes(5))}, Status::met_measured, Why::holds},
      {"from the future", {fact("a", "good", -std::chrono::minutes(6))}, Status::unknown, Why::in_future},
  };
  for (const auto& one : cases) {
    Facts facts;
    for (const auto& given : one.facts) facts.put(given);
    const auto verdict = evaluate(rule({fact_check("check", "a")}), facts, {}, kNow);
    EXPECT_EQ(verdict.status, one.status) << one.what;
    EXPECT_EQ(first_why(verdict), one.why) << one.what;
  }
}

TEST(ComplianceEvaluate, a_fact_that_has_to_be_signed) {
  auto check = fact_check("check", "a");
  check.needs_signature = true;
  auto given = fact("a", "good");
  EXPECT_EQ(first_why(evaluate(rule({check}), facts_of({given}), {}, kNow)), Why::not_signed);
  given.is_signed = true;
  EXPECT_EQ(evaluate(rule({check}), facts_of({given}), {}, kNow).status, Status::met_measured);
}

TEST(ComplianceEvaluate, a_source_that_could_not_measure_says_nothing) {
  auto check = fact_check("check", "a");
  check.says_nothing = {"unknown", ""};
  EXPECT_EQ(first_why(evaluate(rule({check}), facts_of({fact("a", "unknown")}), {}, kNow)), Why::not_measured);
  EXPECT_EQ(evaluate(rule({check}), facts_of({fact("a", "")}), {}, kNow).status, Status::unknown);
  EXPECT_EQ(evaluate(rule({check}), facts_of({fact("a", "other")}), {}, kNow).status, Status::not_met);
}

TEST(ComplianceEvaluate, what_did_not_happen_needs_all_events_to_have_arrived) {
  const auto none = rule({event_check(false)});
  EXPECT_EQ(first_why(evaluate(none, {}, {}, kNow)), Why::events_incomplete);
  EXPECT_EQ(evaluate(none, {}, {}, kNow).status, Status::unknown);
  const auto complete = fact(std::string(kEventsComplete), "", std::chrono::minutes(10));
  EXPECT_EQ(evaluate(none, facts_of({complete}), {}, kNow).status, Status::met_measured);
  EXPECT_EQ(first_why(evaluate(none, facts_of({fact(std::string(kEventsComplete), "", hours(2))}), {}, kNow)),
            Why::stale);
  // what happened is known, complete or not
  EXPECT_EQ(evaluate(none, facts_of({happened("bad", kNow - hours(3))}), {}, kNow).status, Status::not_met);
  EXPECT_EQ(evaluate(none, facts_of({happened("bad", kNow - hours(49)), complete}), {}, kNow).status,
            Status::met_measured);
}

TEST(ComplianceEvaluate, events_of_a_type_may_come_on_a_way_of_their_own) {
  const auto none = rule({event_check(false)});
  const auto complete = fact(std::string(kEventsComplete), "", std::chrono::minutes(10));
  const auto of_type = [&](Duration age) { return fact(std::string(kEventsCompleteOf) + "bad", "", age); };
  EXPECT_EQ(first_why(evaluate(none, facts_of({complete, of_type(hours(2))}), {}, kNow)), Why::stale);
  EXPECT_EQ(evaluate(none, facts_of({complete, of_type(Duration(0))}), {}, kNow).status, Status::met_measured);
  EXPECT_EQ(evaluate(none, facts_of({of_type(Duration(0))}), {}, kNow).status, Status::met_measured);
  EXPECT_EQ(
      first_why(evaluate(none, facts_of({fact(std::string(kEventsCompleteOf) + "other", "", Duration(0))}), {}, kNow)),
      Why::events_incomplete);
}

TEST(ComplianceEvaluate, a_later_event_settles_an_earlier_one) {
  auto check = event_check(false);
  check.settled_by = {"event:well"};
  const auto complete = fact(std::string(kEventsComplete), "", Duration(0));
  const auto bad = happened("bad", kNow - hours(3));
  const auto judge = [&](Duration age) {
    return evaluate(rule({check}), facts_of({complete, bad, happened("well", kNow - age)}), {}, kNow).status;
  };
  EXPECT_EQ(judge(hours(2)), Status::met_measured);
  EXPECT_EQ(judge(hours(3)), Status::not_met);  // at the same moment settles nothing
  EXPECT_EQ(judge(hours(4)), Status::not_met);
}

TEST(ComplianceEvaluate, what_has_to_happen) {
  const auto asked = rule({event_check(true)});
  EXPECT_EQ(evaluate(asked, facts_of({happened("bad", kNow - hours(3))}), {}, kNow).status, Status::met_measured);
  const auto complete = fact(std::string(kEventsComplete), "", Duration(0));
  EXPECT_EQ(first_why(evaluate(asked, facts_of({complete}), {}, kNow)), Why::did_not_happen);
  EXPECT_EQ(evaluate(asked, {}, {}, kNow).status, Status::unknown);
}

TEST(ComplianceEvaluate, records) {
  const auto asked = rule({record_check()});
  const auto judge = [&](const Evidence& one) { return evaluate(asked, {}, evidences_of({one}), kNow); };
  auto given = report();
  EXPECT_EQ(judge(given).status, Status::met_attested);
  EXPECT_EQ(judge(given).valid_until, given.valid_until);
  EXPECT_EQ(evaluate(asked, {}, {}, kNow).status, Status::unknown);
  EXPECT_EQ(first_why(evaluate(asked, {}, {}, kNow)), Why::no_record);
  given.valid_until = kNow;
  EXPECT_EQ(first_why(judge(given)), Why::expired);
  EXPECT_EQ(judge(given).status, Status::not_met);
  given = report();
  given.valid_from = kNow + Duration(1);
  EXPECT_EQ(first_why(judge(given)), Why::not_yet_valid);
  given = report();
  given.role = "assessor";
  EXPECT_EQ(first_why(judge(given)), Why::wrong_role);
  given = report();
  given.fields.clear();
  EXPECT_EQ(first_why(judge(given)), Why::field_missing);
  EXPECT_EQ(judge(given).reasons[0].used, "R1/result");
  given.fields = {{"result", "fail"}};
  EXPECT_EQ(first_why(judge(given)), Why::field_differs);
}

TEST(ComplianceEvaluate, a_record_s_file_and_its_longest_life) {
  auto check = record_check();
  check.needs_file = true;
  check.valid_for = hours(30);
  auto given = report();
  EXPECT_EQ(first_why(evaluate(rule({check}), {}, evidences_of({given}), kNow)), Why::no_file);
  given.file_digest = Bytes(32, 1);
  const auto verdict = evaluate(rule({check}), {}, evidences_of({given}), kNow);
  EXPECT_EQ(verdict.status, Status::met_attested);
  EXPECT_EQ(verdict.valid_until, given.valid_from + hours(30));  // not what the paper says
}

TEST(ComplianceEvaluate, of_several_records_the_good_one_that_ends_last_counts) {
  auto old = report(), bad = report(), good = report();
  old.valid_until = kNow - hours(1);
  bad.fields = {{"result", "fail"}};
  bad.valid_until = kNow + hours(100);
  good.number = "R2";
  const auto verdict = evaluate(rule({record_check()}), {}, evidences_of({old, good, bad}), kNow);
  EXPECT_EQ(verdict.status, Status::met_attested);
  EXPECT_EQ(verdict.reasons[0].used, "R2");
}

struct OrderCase {
  const char* what;
  const char *first, *second;  // values; null: never measured
  bool first_decides, second_decides, has_record;
  Status status;
};
TEST(ComplianceEvaluate, order_of_judging) {
  const OrderCase cases[] = {
      {"all hold", "good", "good", true, true, true, Status::met_attested},
      {"a deciding one fails", "bad", "good", true, true, true, Status::not_met},
      {"failing beats unknown", "bad", nullptr, true, true, true, Status::not_met},
      {"a deciding one is unknown", "good", nullptr, true, true, true, Status::unknown},
      {"one that does not decide fails", "good", "bad", true, false, true, Status::partly},
      {"one that does not decide is unknown", "good", nullptr, true, false, true, Status::partly},
      {"the record is missing", "good", "good", true, true, false, Status::partly},
      {"nothing is known", nullptr, nullptr, true, true, false, Status::unknown},
      {"nothing holds, nothing decides", nullptr, "bad", false, false, false, Status::unknown},
  };
  for (const auto& one : cases) {
    auto asked = rule({fact_check("first", "a"), fact_check("second", "b"), record_check()});
    asked.checks[0].decides = one.first_decides;
    asked.checks[1].decides = one.second_decides;
    Facts facts;
    if (one.first != nullptr) facts.put(fact("a", one.first));
    if (one.second != nullptr) facts.put(fact("b", one.second));
    const auto evidences = one.has_record ? evidences_of({report()}) : Evidences();
    EXPECT_EQ(evaluate(asked, facts, evidences, kNow).status, one.status) << one.what;
  }
}

TEST(ComplianceEvaluate, what_a_rule_leaves_open_is_partly_met_at_best) {
  auto asked = rule({fact_check("check", "a")});
  asked.leaves_open = {.zh = "其余", .en = "the rest"};
  const auto verdict = evaluate(asked, facts_of({fact("a", "good")}), {}, kNow);
  EXPECT_EQ(verdict.status, Status::partly);
  EXPECT_EQ(text_of(asked, verdict.reasons.back()), "left_open: the rest");
  EXPECT_EQ(evaluate(asked, facts_of({fact("a", "bad")}), {}, kNow).status, Status::not_met);
}

TEST(ComplianceEvaluate, not_applicable_takes_two_persons_and_a_rule_that_allows_it) {
  auto asked = rule({fact_check("check", "a")});
  asked.may_not_apply = true;
  const auto judge = [&](const Evidence& one) {
    return evaluate(asked, facts_of({fact("a", "bad")}), evidences_of({one}), kNow);
  };
  EXPECT_EQ(judge(left_out()).status, Status::not_applicable);
  EXPECT_EQ(judge(left_out()).reasons[0].value, "no such zone");
  EXPECT_EQ(judge(left_out()).valid_until, left_out().valid_until);
  auto given = left_out();
  given.second_who = given.who;
  EXPECT_EQ(judge(given).status, Status::not_met);
  EXPECT_EQ(first_why(judge(given)), Why::one_signer);
  given = left_out();
  given.reason.clear();
  EXPECT_EQ(judge(given).status, Status::not_met);
  given = left_out();
  given.valid_until = kNow;
  EXPECT_EQ(first_why(judge(given)), Why::expired);
  given = left_out();
  given.requirement = "other";
  EXPECT_EQ(first_why(judge(given)), Why::differs);
  asked.may_not_apply = false;
  EXPECT_EQ(first_why(judge(left_out())), Why::may_not_be_left);
  EXPECT_EQ(judge(left_out()).status, Status::not_met);
}

// The moment at which a verdict changes by itself is the one it names, and not a nanosecond earlier.
TEST(ComplianceEvaluate, holds_until_names_the_moment_of_change) {
  const auto asked = rule({fact_check("check", "a"), record_check()});
  const auto facts = facts_of({fact("a", "good")});
  const auto evidences = evidences_of({report()});
  const auto first = evaluate(asked, facts, evidences, kNow);
  EXPECT_EQ(first.holds_until, kNow + hours(23) + Duration(1));
  EXPECT_EQ(evaluate(asked, facts, evidences, first.holds_until - Duration(1)).status, Status::met_attested);
  EXPECT_EQ(evaluate(asked, facts, evidences, first.holds_until).status, Status::unknown);
}

struct ValueCase {
  const char* what;
  Comparison comparison;
  const char* value;
  bool holds;
};
TEST(ComplianceComparison, values) {
  const ValueCase cases[] = {
      {"empty", {.empty = true}, "", true},
      {"empty, and is not", {.empty = true}, "x", false},
      {"not empty", {.empty = false}, "", false},
      {"none of", {.is_not = {"off"}}, "on", true},
      {"one that is not wanted", {.is_not = {"off"}}, "off", false},
      {"within", {.at_least = 1, .at_most = 7}, "7", true},
      {"decimal", {.at_most = 4}, "4.01", false},
      {"below", {.at_least = 1}, "0", false},
      {"no number", {.at_most = 7}, "unknown", false},
      {"empty is no number", {.at_most = 7}, "", false},
      {"no number either", {.at_most = 7}, "3 days", false},
      {"infinite", {.at_least = 7}, "inf", false},
      {"new", {.newer_than = hours(24)}, "2027-01-15T07:00:00Z", true},
      {"old", {.newer_than = hours(24)}, "2027-01-13T07:00:00Z", false},
      {"no time", {.newer_than = hours(24)}, "yesterday", false},
  };
  for (const auto& one : cases)
    EXPECT_EQ(compare(one.comparison, one.value, *from_rfc3339("2027-01-15T08:00:00Z")).holds, one.holds) << one.what;
}

TEST(ComplianceEvaluate, reasons_in_words) {
  auto asked = rule({fact_check("check", "a"), record_check()});
  const auto verdict = evaluate(asked, facts_of({fact("a", "bad", hours(3))}), {}, kNow);
  EXPECT_EQ(text_of(asked, verdict.reasons[0]), "check: fact a is \"bad\", 3h old: differs (one of: good)");
  EXPECT_EQ(text_of(asked, verdict.reasons[1]), "record: record report: no_record");
}

}  // namespace
}  // namespace kw::compliance
