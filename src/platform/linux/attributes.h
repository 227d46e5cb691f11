#pragma once
// Attributes walks netlink messages and attributes (native byte order, aligned to 4) inside a borrowed view.
//
// Nothing is read outside the view; a length that does not fit ends the walk, and `sound()` tells so. PURE.
// Source: linux/netlink.h.
#include <linux/netlink.h>

#include <cstring>
#include <optional>

#include "base/bytes.h"

namespace kw::platform {

/// plain reads a fixed-layout value at an offset; nothing where the view is too short.
template <class T>
[[nodiscard]] std::optional<T> plain(ByteView in, std::size_t at = 0) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (in.size() < at || in.size() - at < sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, in.data() + at, sizeof(T));
  return out;
}

[[nodiscard]] constexpr std::size_t aligned(std::size_t n) { return (n + 3) & ~std::size_t{3}; }

struct Attribute {
  std::uint16_t type = 0;  // without the nested and byte-order flags
  ByteView value;

  template <class T>
  [[nodiscard]] std::optional<T> as() const {
    return plain<T>(value);
  }
  /// text is the value up to its first zero octet.
  [[nodiscard]] std::string text() const {
    const auto whole = text_of(value);
    return std::string(whole.substr(0, whole.find('\0')));
  }
};

class Attributes {
 public:
  explicit Attributes(ByteView in) : in_(in) {}
  /// next returns the next attribute, or nothing at the end or at the first that does not fit.
  std::optional<Attribute> next() {
    const auto header = plain<nlattr>(in_);
    if (!header) {
      sound_ = sound_ && in_.empty();
      return std::nullopt;
    }
    if (header->nla_len < sizeof(nlattr) || header->nla_len > in_.size()) {
      sound_ = false;
      return std::nullopt;
    }
    const Attribute out{static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK),
                        in_.subspan(sizeof(nlattr), header->nla_len - sizeof(nlattr))};
    in_ = in_.subspan(std::min(aligned(header->nla_len), in_.size()));
    return out;
  }
  [[nodiscard]] bool sound() const noexcept { return sound_; }

 private:
  ByteView in_;
  bool sound_ = true;
};

struct Message {
  nlmsghdr header{};
  ByteView payload;
};

class Messages {
 public:
  explicit Messages(ByteView in) : in_(in) {}
  std::optional<Message> next() {
    const auto header = plain<nlmsghdr>(in_);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > in_.size()) {
      sound_ = sound_ && in_.empty();
      return std::nullopt;
    }
    const Message out{*header, in_.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr))};
    in_ = in_.subspan(std::min(aligned(header->nlmsg_len), in_.size()));
    return out;
  }
  [[nodiscard]] bool sound() const noexcept { return sound_; }

 private:
  ByteView in_;
  bool sound_ = true;
};

/// address_text gives "10.0.0.1" or "fe80::1" for 4 or 16 octets, and nothing for any other length.
[[nodiscard]] std::string address_text(ByteView octets);
/// mac_text gives lower-case hex with colons for 6 octets, and nothing for any other length.
[[nodiscard]] std::string mac_text(ByteView octets);

}  // namespace kw::platform
