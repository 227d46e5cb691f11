#pragma once
// Bytes and ByteView are the project's owned and borrowed octet strings, with their text forms.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kw {

using Byte = std::uint8_t;
using Bytes = std::vector<Byte>;
using ByteView = std::span<const Byte>;
using MutableByteView = std::span<Byte>;

/// bytes_of views the octets of a text without copying; the text must outlive the view.
[[nodiscard]] inline ByteView bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
/// text_of views octets as text without copying.
[[nodiscard]] inline std::string_view text_of(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes copy(ByteView view) { return {view.begin(), view.end()}; }
[[nodiscard]] inline std::string copy_text(ByteView view) { return std::string(text_of(view)); }
inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }
[[nodiscard]] bool equal(ByteView a, ByteView b) noexcept;  // not constant time; see crypto::equal_secret

/// to_hex gives lower-case hexadecimal; from_hex takes either case and refuses odd lengths and other characters.
[[nodiscard]] std::string to_hex(ByteView bytes);
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);
/// to_base64 gives RFC 4648 section 4 with padding; from_base64 is strict (no blanks, canonical padding).
[[nodiscard]] std::string to_base64(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);
/// to_base32 gives RFC 4648 section 6 without padding (TOTP secrets); from_base32 ignores case and padding.
[[nodiscard]] std::string to_base32(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base32(std::string_view text);

/// to_array copies a view of exactly N octets into an array.
template <std::size_t N>
[[nodiscard]] Result<std::array<Byte, N>> to_array(ByteView view) {
  if (view.size() != N) return fail(Errc::malformed, "expected " + std::to_string(N) + " octets");
  std::array<Byte, N> out{};
  std::copy(view.begin(), view.end(), out.begin());
  return out;
}

}  // namespace kw
