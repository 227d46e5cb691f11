#pragma once
// end_connections aborts this machine's open connections (SOCK_DESTROY): both ends see a reset at once, where a drop
// alone would leave them waiting.
//
// TCP in every state but LISTEN, and connected UDP; loopback stays, and what `keep` wants. Needs CAP_NET_ADMIN and a
// kernel with INET_DIAG_DESTROY (Errc::unsupported without). Blocks; about 0.1 ms a connection. Source: sock_diag(7).
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::platform {

struct OpenConnection {
  std::string protocol;  // "tcp", "udp"
  std::string remote;
  std::uint16_t remote_port = 0, local_port = 0;
};
struct EndedConnections {
  std::size_t ended = 0, kept = 0, failed = 0;
};
using KeepConnection = std::function<bool(const OpenConnection&)>;
Result<EndedConnections> end_connections(const KeepConnection& keep);

/// packet_socket_holders names the processes that have a packet socket open ("tcpdump 4711"), at most sixteen.
[[nodiscard]] std::vector<std::string> packet_socket_holders();

}  // namespace kw::platform
