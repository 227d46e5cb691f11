#include "platform/linux/attributes.h"

#include <arpa/inet.h>

namespace kw::platform {

std::string address_text(ByteView octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (octets.size() != 4 && octets.size() != 16) return {};
  const int family = octets.size() == 4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, octets.data(), text.data(), text.size()) != nullptr ? text.data() : std::string{};
}

std::string mac_text(ByteView octets) {
  if (octets.size() != 6) return {};
  std::string out;
  for (const auto octet : octets) {
    if (!out.empty()) out += ':';
    out += to_hex(ByteView(&octet, 1));
  }
  return out;
}

}  // namespace kw::platform
