#include "base/bytes.h"

#include <algorithm>

namespace kw {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool equal(ByteView a, ByteView b) noexcept { return std::ranges::equal(a, b); }

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const Byte b : bytes) {
    out.push_back(kHex[b >> 4]);
    out.push_back(kHex[b & 15]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::malformed, "hex of odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int hi = hex_digit(text[i]);
    const int lo = hex_digit(text[i + 1]);
    if (hi < 0 || lo < 0) return fail(Errc::malformed, "not a hex digit");
    out.push_back(static_cast<Byte>(hi << 4 | lo));
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    const std::uint32_t group = std::uint32_t{bytes[i]} << 16 | (left > 1 ? std::uint32_t{bytes[i + 1]} << 8 : 0) |
                                (left > 2 ? std::uint32_t{bytes[i + 2]} : 0);
    out.push_back(kBase64[group >> 18 & 63]);
    out.push_back(kBase64[group >> 12 & 63]);
    out.push_back(left > 1 ? kBase64[group >> 6 & 63] : '=');
    out.push_back(left > 2 ? kBase64[group & 63] : '=');
  }
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Errc::malformed, "base64 length");
  std::size_t pad = 0;
  while (pad < 2 && pad < text.size() && text[text.size() - 1 - pad] == '=') ++pad;
  Bytes out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::uint32_t value = 0;
    if (i < text.size() - pad) {
      const auto at = kBase64.find(text[i]);
      if (at == std::string_view::npos) return fail(Errc::malformed, "not a base64 character");
      value = static_cast<std::uint32_t>(at);
    }
    group = group << 6 | value;
    if (i % 4 == 3) {
      out.push_back(static_cast<Byte>(group >> 16));
      out.push_back(static_cast<Byte>(group >> 8));
      out.push_back(static_cast<Byte>(group));
      group = 0;
    }
  }
  for (std::size_t i = 0; i < pad; ++i) {
    if (out.back() != 0) return fail(Errc::malformed, "base64 padding bits");
    out.pop_back();
  }
  return out;
}

std::string to_base32(ByteView bytes) {
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const Byte b : bytes) {
    group = group << 8 | b;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(kBase32[group >> bits & 31]);
    }
  }
  if (bits > 0) out.push_back(kBase32[group << (5 - bits) & 31]);
  return out;
}

Result<Bytes> from_base32(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  Bytes out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const auto at = kBase32.find(upper);
    if (at == std::string_view::npos) return fail(Errc::malformed, "not a base32 character");
    group = group << 5 | static_cast<std::uint32_t>(at);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<Byte>(group >> bits));
    }
  }
  return out;
}

}  // namespace kw
