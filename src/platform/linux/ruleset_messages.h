#pragma once
// parse_ruleset_messages reads nftables' notifications: which table was touched, and which process ended with it. PURE.
//
// Source: linux/netfilter/nf_tables.h. A kernel transaction is a run of changes and then one Generation.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace kw::platform {

struct TableTouched {
  std::string table;
};
struct Generation {
  std::uint32_t pid = 0;   // of the writing process, as the initial PID namespace counts; 0 where not told
  std::uint32_t port = 0;  // of the writer's netlink socket: its pid in its own namespace, if it has only one
  std::string command;
};
using RulesetMessage = std::variant<TableTouched, Generation>;

[[nodiscard]] Result<std::vector<RulesetMessage>> parse_ruleset_messages(ByteView datagram);

}  // namespace kw::platform
