#pragma once
// Matches lays endpoints out as nft maps from (address . protocol . port) to a named counter, for one list of a policy.
//
// A map's keys may not overlap; what overlaps becomes a rule of its own behind the map, and what is covered vanishes.
// Internal to policy/compile.
#include <string>
#include <vector>

#include "policy/compile.h"

namespace kw::policy {

struct Matches {
  std::vector<std::string> counters;  // names to declare
  std::vector<std::string> maps;      // declarations, indented for a table's body
  std::vector<std::string> rules;     // each ends where the verdict goes
};

/// matches_of: `stem` names maps and counters ("out"), `side` is the peer's address field ("daddr", "saddr").
[[nodiscard]] Matches matches_of(const std::vector<CheckedEndpoint>& list, const std::string& stem, const std::string& side);

}  // namespace kw::policy
