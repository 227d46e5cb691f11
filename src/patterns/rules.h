#pragma once
// PatternRules are an operator's own rules for what may not land: regular expressions by name, from a TOML file
// (catalogue/landing/rules.toml). parse_pattern_rules bounds them before anything is compiled.
//
//   [[rule]]
//   name = "case-number"
//   pattern = "案号[0-9]{4}-[0-9]{6}"
//   flags = "i"                     i: ASCII's case makes no difference; s: '.' takes line ends; m: ^ and $ at lines
//   action = "mask"                 or "refuse", which is what is done where nothing is said
//
// Patterns are of octets: text in UTF-8 is found as its octets, '.' is one octet. What could explode is refused:
// patterns over 256 octets, counted repeats that multiply to more than 1,000, more than 128 rules. PURE; any thread.
#include <string>
#include <vector>

#include "base/result.h"
#include "landing/guard.h"

namespace kw::patterns {

struct PatternRule {
  std::string name;  // 1 to 32 of a-z 0-9 -
  std::string pattern;
  bool any_case = false, dot_all = false, multi_line = false;
  landing::Landing action = landing::Landing::refuse;
};

struct PatternRules {
  std::vector<PatternRule> rules;
  /// actions for landing::LandingRules::operators.
  [[nodiscard]] std::vector<landing::Landing> actions() const;
};

inline constexpr std::size_t kMostRules = 128, kMostPattern = 256, kMostWeight = 1000, kMostRuleFile = 64 * 1024;
/// parse_pattern_rules: Errc::malformed for what is no TOML, Errc::invalid with the key's name, Errc::too_large.
Result<PatternRules> parse_pattern_rules(std::string_view toml);
/// weight_of counts the characters of a pattern with each counted repeat written out, as a compiler has to; above
/// kMostWeight where a repeat has no upper bound or a bracket is missing. Stars and pluses are one copy: their matches
/// have no bound, and PatternDatabase refuses them.
[[nodiscard]] std::size_t weight_of(std::string_view pattern);

}  // namespace kw::patterns
