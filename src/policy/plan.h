#pragma once
// plan compares the ruleset that should be in the kernel with the one that is, and says what to apply.
//
// nft prints what it was given in its own words, so "should be" is what was read back right after applying:
//
//   apply(compiled.policy_script);
//   const auto wanted = ruleset_digest(*read_back("inet", "kioskward"));   // keep beside the revision
//   ... later: plan(compiled, wanted, observed, tripped).policy == Step::keep, or apply again
#include <optional>
#include <string>
#include <string_view>

#include "crypto/sm3.h"
#include "policy/compile.h"

namespace kw::policy {

/// normalise_ruleset brings `nft -s list table ...` into a form that does not move by itself: no counters' values, no
/// handles, no elements of dynamic sets, no trailing blanks. Idempotent.
[[nodiscard]] std::string normalise_ruleset(std::string_view listing);
[[nodiscard]] crypto::Digest ruleset_digest(std::string_view listing);

enum class Step { keep, apply };
struct Changes {
  Step policy = Step::keep;
  std::string_view reason;  // "", "absent", "differs", "unwanted", "first"
  std::string script;       // to apply; empty with keep
};

/// plan decides for the policy table. `wanted` is the digest read back after this very script was applied, absent when
/// it never was; `observed` the digest of what is there now, absent when the table is not there. `tripped`: the trip set
/// holds an element or the kiosk is cut; the script then keeps the trip.
[[nodiscard]] Changes plan(const CompiledNetwork& desired, const std::optional<crypto::Digest>& wanted,
                           const std::optional<crypto::Digest>& observed, bool tripped);

}  // namespace kw::policy
