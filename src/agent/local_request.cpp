#include "agent/local_request.h"

#include <algorithm>
#include <array>

namespace kw::agent {

bool names_this_host(const net::Request& request) {
  constexpr std::array<std::string_view, 3> kNames{"127.0.0.1", "localhost", "[::1]"};
  const auto host = request.header("host").value_or("");
  return std::ranges::any_of(kNames, [&](std::string_view name) {
    return host.starts_with(name) && (host.size() == name.size() || host[name.size()] == ':');
  });
}

}  // namespace kw::agent
