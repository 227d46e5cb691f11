#include "base/host_port.h"

#include <charconv>

namespace kw {

Result<HostPort> parse_host_port(std::string_view text, bool zero) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::invalid, "expected HOST:PORT");
  auto host = text.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail(Errc::invalid, "IPv6 addresses stand in brackets");
  }
  const auto digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || host.size() > 255 || ec != std::errc() || end != digits.data() + digits.size() || port > 65535 ||
      (port == 0 && !zero))
    return fail(Errc::invalid, "expected HOST:PORT");
  return HostPort{std::string(host), static_cast<std::uint16_t>(port)};
}

}  // namespace kw
