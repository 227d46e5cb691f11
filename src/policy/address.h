#pragma once
// Prefix is an IPv4 or IPv6 address with a prefix length; a single address has the full length.
#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace kw::policy {

struct Prefix {
  bool v6 = false;
  std::array<Byte, 16> octets{};  // IPv4 uses the first four
  int length = 32;

  [[nodiscard]] int width() const noexcept { return v6 ? 128 : 32; }
  [[nodiscard]] bool single() const noexcept { return length == width(); }
  /// host_bits_clear is true when nothing stands behind the prefix length.
  [[nodiscard]] bool host_bits_clear() const noexcept;
  /// contains is true when every address of `other` is one of this prefix; families do not mix.
  [[nodiscard]] bool contains(const Prefix& other) const noexcept;
  [[nodiscard]] bool overlaps(const Prefix& other) const noexcept { return contains(other) || other.contains(*this); }
  /// host gives the address alone, text the address and "/length" unless it is a single address; both canonical.
  [[nodiscard]] std::string host() const;
  [[nodiscard]] std::string text() const;
  /// with_length gives "address/length" in every case, as an interface's own address is written.
  [[nodiscard]] std::string with_length() const;
  friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

/// parse_prefix takes "10.0.0.1", "10.0.0.0/24", "fd00::1" or "fd00::/64". Host bits may be set: ask host_bits_clear.
[[nodiscard]] Result<Prefix> parse_prefix(std::string_view text);
/// parse_address is parse_prefix without a "/length".
[[nodiscard]] Result<Prefix> parse_address(std::string_view text);
/// parse_mac takes six octets with colons in either case and gives lower case; Errc::malformed for all-zero and group
/// addresses too.
[[nodiscard]] Result<std::string> parse_mac(std::string_view text);

/// Classes of addresses that a rule may not name as a peer; a prefix counts when all of it is of the class.
[[nodiscard]] bool is_multicast(const Prefix& p) noexcept;
[[nodiscard]] bool is_broadcast(const Prefix& p) noexcept;  // 255.255.255.255
[[nodiscard]] bool is_loopback(const Prefix& p) noexcept;
[[nodiscard]] bool is_unspecified(const Prefix& p) noexcept;  // 0.0.0.0 or :: as a single address

}  // namespace kw::policy
