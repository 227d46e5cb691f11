#include "compliance/scenario.h"

#include "compliance/rule_parts.h"
#include "config/parse_toml.h"

namespace kw::compliance {
namespace {

using config::TomlSection;

constexpr std::size_t kMostEntries = 64;
/// All scenarios happen at the same moment; 2026-01-01, noon.
constexpr std::int64_t kScenarioSecond = 1'767'268'800;

/// "3h" ago; "-3h" is to come.
Result<> read_age(TomlSection& from, std::string_view key, Duration& to) {
  std::string text;
  KW_CHECK(from.text(key, text, 8));
  if (text.empty()) return {};
  const bool ahead = text.front() == '-';
  const auto span = parse_span(std::string_view(text).substr(ahead ? 1 : 0));
  if (!span) return from.wrong(key, span.error().detail());
  to = ahead ? -*span : *span;
  return {};
}

Result<> read_facts(TomlSection& root, Scenario& out) {
  KW_TRY(auto sections, root.sections("fact", kMostEntries));
  for (auto& section : sections) {
    Fact fact;
    Duration age{}, value_age{};
    KW_CHECK(read_name(section, "key", fact.key, 64, true));
    KW_CHECK(section.text("value", fact.value));
    if (section.has("value_age")) {  // the value is a time
      KW_CHECK(read_age(section, "value_age", value_age));
      fact.value = to_rfc3339(out.now - value_age);
    }
    KW_CHECK(read_age(section, "age", age));
    KW_CHECK(section.flag("signed", fact.is_signed));
    KW_CHECK(section.finish());
    fact.time = out.now - age;
    fact.source = "scenario";
    out.facts.put(std::move(fact));
  }
  KW_TRY(auto events, root.sections("event", kMostEntries));
  for (auto& section : events) {
    std::string type, result;
    Duration age{};
    KW_CHECK(read_name(section, "type", type, 64, true));
    KW_CHECK(section.text("result", result, 32));
    KW_CHECK(read_age(section, "age", age));
    KW_CHECK(section.finish());
    out.facts.put(happened(type, out.now - age, std::move(result)));
  }
  return {};
}

Result<> read_one_record(TomlSection& from, Scenario& out) {
  Evidence record;
  Duration age{}, left{};
  bool file = false;
  KW_CHECK(read_name(from, "kind", record.kind, 64, true));
  KW_CHECK(from.text("number", record.number, 64));
  KW_CHECK(from.text("issuer", record.issuer, 128));
  KW_CHECK(from.text("who", record.who, 64));
  KW_CHECK(from.text("second_who", record.second_who, 64));
  KW_CHECK(from.text("role", record.role, 32));
  KW_CHECK(from.text("requirement", record.requirement, 32));
  KW_CHECK(from.text("reason", record.reason));
  KW_CHECK(read_age(from, "age", age));
  KW_CHECK(read_age(from, "left", left));
  KW_CHECK(from.flag("file", file));
  KW_CHECK(from.pairs("fields", record.fields, kMostFields));
  KW_CHECK(from.finish());
  record.valid_from = out.now - age;
  record.valid_until = out.now + left;
  if (file) record.file_digest = Bytes(32, 0x5a);
  out.evidences.put(std::move(record));
  return {};
}

Result<Scenario> read_scenario(TomlSection root) {
  Scenario out;
  out.now = Timestamp::from_seconds(kScenarioSecond);
  KW_CHECK(read_name(root, "rule", out.rule, 32, true));
  std::string expect;
  KW_CHECK(root.text("expect", expect, 32));
  const auto status = parse_status(expect);
  if (!status) return root.wrong("expect", "a status");
  out.expect = *status;
  KW_CHECK(root.texts("because", out.because, kMostEntries));
  KW_CHECK(read_facts(root, out));
  KW_TRY(auto records, root.sections("record", kMostEntries));
  for (auto& section : records) KW_CHECK(read_one_record(section, out));
  KW_CHECK(root.finish());
  return out;
}

std::vector<std::string> reasons_of(const Requirement& requirement, const Verdict& verdict) {
  std::vector<std::string> out;
  for (const auto& reason : verdict.reasons) {
    if (reason.outcome == Outcome::holds || reason.why == Why::left_open) continue;
    const bool of_check = reason.check < requirement.checks.size();
    out.push_back((of_check ? requirement.checks[reason.check].name : std::string(kNotApplicable)) + ": " +
                  std::string(name(reason.why)));
  }
  return out;
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view toml, std::string_view file) {
  const auto read = [&]() -> Result<Scenario> {
    if (toml.size() > kMostScenario)
      return fail(Errc::too_large, "at most " + std::to_string(kMostScenario) + " octets");
    KW_TRY(const auto table, config::parse_toml(toml));
    return read_scenario(TomlSection(&table, ""));
  };
  auto out = read();
  if (!out) return out.error().within(file);
  return out;
}

Result<std::string> run_scenario(const Requirement& requirement, const Scenario& scenario) {
  if (requirement.id != scenario.rule)
    return fail(Errc::invalid, "rule: a scenario of " + scenario.rule + ", not of " + requirement.id);
  const auto verdict = evaluate(requirement, scenario.facts, scenario.evidences, scenario.now);
  const auto reasons = reasons_of(requirement, verdict);
  if (verdict.status == scenario.expect && reasons == scenario.because) return std::string();
  std::string out =
      "expected " + std::string(name(scenario.expect)) + ", came out " + std::string(name(verdict.status));
  for (const auto& reason : verdict.reasons) out += "; " + text_of(requirement, reason);
  return out;
}

}  // namespace kw::compliance
