#pragma once
// relay moves octets between a terminal and a TLCP peer until one of them ends.
#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "cli/command.h"
#include "net/tlcp_stream.h"

namespace kw::cli {

/// relay returns when the peer ended, or when the terminal's input ended and the peer was silent for `linger` after
/// that; the connection is shut down then. Octets go to terminal.out unchanged. An error is the connection's.
boost::asio::awaitable<Result<>> relay(net::TlcpStream& stream, Terminal& terminal, std::chrono::milliseconds linger);

}  // namespace kw::cli
