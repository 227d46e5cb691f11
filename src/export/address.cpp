#include <algorithm>
#include <array>

#include "base/host_port.h"
#include "export/profile.h"

namespace kw::exports {
namespace {

constexpr std::array<std::pair<std::string_view, Scheme>, 5> kSchemes{{{"tls://", Scheme::tls},
                                                                       {"tlcp://", Scheme::tlcp},
                                                                       {"https://", Scheme::https},
                                                                       {"http://", Scheme::http},
                                                                       {"file://", Scheme::file}}};

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

bool is_loopback(const std::string& host) {
  return host == "::1" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

Result<Address> file_address(Address out, std::string_view rest) {
  if (!rest.starts_with('/') || rest.size() < 2 || rest.find("/../") != std::string_view::npos || rest.ends_with("/.."))
    return fail(Errc::invalid, "address: file:///DIRECTORY");
  out.path = std::string(rest);
  return out;
}

}  // namespace

Result<Address> parse_export_address(std::string_view text) {
  if (text.size() > 512 || has_control(text)) return fail(Errc::invalid, "address: at most 512 printable octets");
  const auto found =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](const auto& s) { return text.starts_with(s.first); });
  if (found == kSchemes.end()) return fail(Errc::invalid, "address: tls, tlcp, https, http or file");
  Address out;
  out.scheme = found->second;
  out.text = std::string(text);
  auto rest = text.substr(found->first.size());
  if (out.scheme == Scheme::file) return file_address(std::move(out), rest);
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string host(rest.substr(0, slash));
  out.path = slash < rest.size() ? std::string(rest.substr(slash)) : "/";
  if (out.scheme == Scheme::https && (host.find(':') == std::string::npos || host.ends_with(']'))) host += ":443";
  auto where = parse_host_port(host);
  if (!where) return fail(Errc::invalid, "address: HOST:PORT expected");
  out.host = where->host;
  out.port = where->port;
  if (out.scheme == Scheme::http && !is_loopback(out.host))
    return fail(Errc::invalid, "address: http is for 127.0.0.1 and ::1 alone, take https or tlcp");
  if (out.scheme == Scheme::tls && out.path != "/") return fail(Errc::invalid, "address: tls has no path");
  return out;
}

}  // namespace kw::exports
