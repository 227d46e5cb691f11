#include "policy/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace kw::policy {
namespace {

constexpr std::size_t kLongest = 64;

bool bit(const Prefix& p, int i) {
  const auto at = static_cast<std::size_t>(i);
  return (p.octets[at / 8] >> (7 - at % 8) & 1) != 0;
}

}  // namespace

bool Prefix::host_bits_clear() const noexcept {
  for (int i = length; i < width(); ++i)
    if (bit(*this, i)) return false;
  return true;
}

bool Prefix::contains(const Prefix& other) const noexcept {
  if (v6 != other.v6 || other.length < length) return false;
  for (int i = 0; i < length; ++i)
    if (bit(*this, i) != bit(other, i)) return false;
  return true;
}

std::string Prefix::host() const {
  char out[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6 ? AF_INET6 : AF_INET, octets.data(), out, sizeof out);
  return out;
}

std::string Prefix::with_length() const { return host() + "/" + std::to_string(length); }

std::string Prefix::text() const { return single() ? host() : with_length(); }

Result<Prefix> parse_prefix(std::string_view text) {
  if (text.size() > kLongest) return fail(Errc::malformed, "address too long");
  const auto slash = text.find('/');
  const std::string host(text.substr(0, slash));
  if (host.find('\0') != std::string::npos) return fail(Errc::malformed, "address");
  Prefix out;
  out.v6 = host.find(':') != std::string::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, host.c_str(), out.octets.data()) != 1)
    return fail(Errc::malformed, "not an IPv4 or IPv6 address");
  constexpr std::array<Byte, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (out.v6 && std::equal(kMapped.begin(), kMapped.end(), out.octets.begin()))
    return fail(Errc::malformed, "IPv4-mapped address: write the IPv4 address");
  out.length = out.width();
  if (slash == std::string_view::npos) return out;
  const auto digits = text.substr(slash + 1);
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out.length);
  const bool canonical = !digits.empty() && digits[0] != '-' && (digits.size() == 1 || digits[0] != '0');
  if (problem != std::errc() || end != digits.data() + digits.size() || !canonical || out.length > out.width())
    return fail(Errc::malformed, "prefix length");
  return out;
}

Result<Prefix> parse_address(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return fail(Errc::malformed, "an address without a prefix length is asked");
  return parse_prefix(text);
}

Result<std::string> parse_mac(std::string_view text) {
  if (text.size() != 17) return fail(Errc::malformed, "MAC address");
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 != 2) {
      digits += text[i];
    } else if (text[i] != ':') {
      return fail(Errc::malformed, "MAC address");
    }
  }
  const auto octets = from_hex(digits);
  if (!octets) return fail(Errc::malformed, "MAC address");
  if (((*octets)[0] & 1) != 0) return fail(Errc::malformed, "group MAC address");
  if (std::ranges::all_of(*octets, [](Byte b) { return b == 0; })) return fail(Errc::malformed, "empty MAC address");
  const std::string lower = to_hex(*octets);
  std::string out;
  for (std::size_t i = 0; i < lower.size(); i += 2) out += (i == 0 ? "" : ":") + lower.substr(i, 2);
  return out;
}

namespace {
Prefix v4(Byte a, Byte b, Byte c, Byte d, int length) {
  Prefix p;
  p.octets = {a, b, c, d};
  p.length = length;
  return p;
}
}  // namespace

// A prefix that is wider than the class (0.0.0.0/0) is not of the class: it is judged by its width elsewhere.
bool is_multicast(const Prefix& p) noexcept {
  if (p.v6) return p.length >= 8 && p.octets[0] == 0xff;
  return v4(224, 0, 0, 0, 4).contains(p);
}
bool is_broadcast(const Prefix& p) noexcept { return v4(255, 255, 255, 255, 32).contains(p); }
bool is_loopback(const Prefix& p) noexcept {
  if (!p.v6) return v4(127, 0, 0, 0, 8).contains(p);
  Prefix one;
  one.v6 = true;
  one.octets[15] = 1;
  one.length = 128;
  return one.contains(p);
}
bool is_unspecified(const Prefix& p) noexcept {
  return p.single() && std::ranges::all_of(p.octets, [](Byte b) { return b == 0; });
}

}  // namespace kw::policy
