#pragma once
// PolicyInForce is what the unprivileged side reads out of the stored bundle; the enforcer has verified it.
#include <optional>

#include "agent/identity/state_directory.h"
#include "device/guard.h"
#include "kioskward/v1/policy.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

struct PolicyInForce {
  v1::PolicyBundle bundle;
  std::size_t rules = 0;  // nft rules it compiles to
};
/// read_policy_in_force: nothing where no bundle was ever applied.
Result<std::optional<PolicyInForce>> read_policy_in_force(const StateDirectory& state);

/// expectations_of turns the policy into what the guard needs; `learnt` is "gateway mac" as stored at first use.
[[nodiscard]] device::NetworkExpectations expectations_of(const v1::NetworkPolicy& network, const std::string& learnt,
                                                          bool watching);
/// judge_tag explains the compiled policy's log prefixes to the guard.
[[nodiscard]] device::TagJudgement judge_tag(const std::string& tag);
[[nodiscard]] std::string_view mode_word(v1::Mode mode) noexcept;

}  // namespace kw::agent
