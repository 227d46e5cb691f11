#pragma once
// Scenario is a case of a rule as data: facts, events and records with their ages, and the status that has to come
// out; parse_scenario reads it (catalogue/compliance/503.7/ID/pass-*.toml, fail-*.toml), run_scenario judges it.
//
// PURE; thread-safe.
#include "compliance/verdict.h"

namespace kw::compliance {

inline constexpr std::size_t kMostScenario = 64 * 1024;

struct Scenario {
  std::string rule;  // id
  Status expect = Status::unknown;
  std::vector<std::string> because;  // "check: why" of each check that does not hold, in the rule's order
  Timestamp now;
  Facts facts;
  Evidences evidences;
};
[[nodiscard]] Result<Scenario> parse_scenario(std::string_view toml, std::string_view file = "scenario.toml");

/// run_scenario: nothing where it came out as expected, else what came out instead. Errc::invalid: another rule's.
[[nodiscard]] Result<std::string> run_scenario(const Requirement& requirement, const Scenario& scenario);

}  // namespace kw::compliance
