#pragma once
// parse_host_port takes "HOST:PORT" and "[V6]:PORT"; HostPort is what it finds.
//
// PURE and thread-safe.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kw {

struct HostPort {
  std::string host;  // a name or an address, without brackets; at most 255 octets
  std::uint16_t port = 0;
};
/// parse_host_port: invalid. Port 0 only where `zero` allows it.
Result<HostPort> parse_host_port(std::string_view text, bool zero = false);

}  // namespace kw
