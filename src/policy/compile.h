#pragma once
// compile turns a CheckedPolicy into nft scripts, each of which is applied as one transaction (`nft -f -`) or not at all.
//
//   policy_script   replaces table inet kioskward; with mode OFF it removes the table
//                   (policy_script_tripped keeps a trip that the kernel made: replacing a table empties its sets)
//   cut_script      replaces table inet kioskward_cut, which stands in front of the policy and does not need it
//   release_script  deletes the cut table and empties the trip set; may be applied when neither exists
//
// The output is deterministic: equal policies give equal octets. Nothing here runs as a shell command.
#include <string>
#include <string_view>
#include <vector>

#include "policy/checked.h"

namespace kw::policy {

inline constexpr std::string_view kFamily = "inet";
inline constexpr std::string_view kPolicyTable = "kioskward";
inline constexpr std::string_view kCutTable = "kioskward_cut";
inline constexpr std::string_view kTripSet = "trip";  // not empty: the kernel has cut on its own
inline constexpr int kLogGroup = 660;                 // NFLOG group of both tables

/// RuleCounter ties a named counter of the policy table to what it counts.
struct RuleCounter {
  std::string counter;  // "out_0"
  std::string list;     // "platform", "allow_out", "allow_in", "tolerate"
  std::string name;     // the endpoint's name
};

/// RuleTag ties an NFLOG prefix to the counter of the same drops.
struct RuleTag {
  std::string tag;      // "kw:illegal:"
  std::string counter;  // "drop_illegal"
};

struct CompiledNetwork {
  v1::Mode mode = v1::OFF;
  std::string policy_script;
  std::string policy_script_tripped;  // the same with the trip set filled: to replace the policy while the kernel has cut
  std::string cut_script;
  std::string release_script;
  std::vector<RuleCounter> counters;
  std::vector<RuleTag> tags;
  std::size_t rules = 0;  // nft rules in the policy table, for the policy.applied event
};

[[nodiscard]] CompiledNetwork compile(const CheckedPolicy& policy);

}  // namespace kw::policy
