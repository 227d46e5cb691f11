#pragma once
// read_generation and read_counters ask the kernel's nftables what is looked at every second: a few octets over netlink
// cost some microseconds, where a fresh nft costs milliseconds. Both work in the network namespace of the calling
// thread; any thread. Source: linux/netfilter/nf_tables.h.
#include <optional>

#include "base/bytes.h"
#include "device/ports.h"

namespace kw::platform {

/// read_generation gives the number of the ruleset's state: every transaction, whoever made it, makes another one.
Result<std::uint64_t> read_generation();
/// read_counters lists the named counters of one table; Errc::not_found where there is no such table.
Result<std::vector<device::RulesetPort::Counter>> read_counters(const std::string& family, const std::string& table);

/// What one datagram of an answer holds.
struct RulesetAnswer {
  std::vector<device::RulesetPort::Counter> counters;
  std::optional<std::uint32_t> generation;
  bool table = false;        // a table was told
  bool last = false;         // nothing follows
  bool interrupted = false;  // the rules changed meanwhile
  int error = 0;             // errno, 0: none
};
/// parse_ruleset_answer: Errc::malformed where lengths do not fit. PURE.
[[nodiscard]] Result<RulesetAnswer> parse_ruleset_answer(ByteView datagram);

}  // namespace kw::platform
