#pragma once
// probe_capabilities finds out what can be enforced on this machine, by trying; nothing is changed by it.
//
// Each capability is either there or has a reason in one line for an operator. Blocks for some milliseconds.
#include <string>
#include <vector>

#include "platform/linux/nft_ruleset.h"

namespace kw::platform {

enum class Capability {
  net_admin,          // CAP_NET_ADMIN in the effective set
  nft_program,        // the nft program runs
  nftables,           // the kernel takes a ruleset with sets, counters and NFLOG (checked with `nft -c`)
  nflog,              // an NFLOG group can be bound
  network_namespace,  // unshare(CLONE_NEWNET) is permitted
};
[[nodiscard]] std::string_view name(Capability capability) noexcept;

struct Missing {
  Capability capability;
  Error reason;
};
struct Capabilities {
  std::vector<Missing> missing;
  [[nodiscard]] bool has(Capability capability) const;
  /// can_enforce: policy, cut and packet log all work; otherwise watch mode.
  [[nodiscard]] bool can_enforce() const;
  /// can_demonstrate: the demo site can make its namespaces.
  [[nodiscard]] bool can_demonstrate() const { return can_enforce() && has(Capability::network_namespace); }
  /// text names what is missing and why, "all present" where nothing is.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Capabilities probe_capabilities(const NftRuleset::Options& nft = {});

}  // namespace kw::platform
