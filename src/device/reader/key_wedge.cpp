#include "device/reader/key_wedge.h"

#include <array>

namespace kw::device {
namespace {

// Key codes of Linux (input-event-codes.h), which are part of its interface.
constexpr std::uint16_t kEnter = 28, kPadEnter = 96, kLeftShift = 42, kRightShift = 54;

struct KeyRow {
  std::uint16_t first;  // code of the row's first key
  std::string_view plain, shifted;
};
constexpr std::array<KeyRow, 7> kRows{{{2, "1234567890-=", "!@#$%^&*()_+"},
                                       {16, "qwertyuiop[]", "QWERTYUIOP{}"},
                                       {30, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
                                       {43, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
                                       {55, "*", "*"},
                                       {57, " ", " "},
                                       {71, "789-456+1230.", "789-456+1230."}}};
constexpr std::uint16_t kPadSlash = 98;

char character_of(std::uint16_t code, bool shift) {
  if (code == kPadSlash) return '/';
  for (const auto& row : kRows)
    if (code >= row.first && code < row.first + row.plain.size())
      return (shift ? row.shifted : row.plain)[code - row.first];
  return '\0';
}

}  // namespace

void KeyWedge::forget() {
  wipe(text_.reveal_mutable());
  size_ = 0;
  spoilt_ = false;
}

std::optional<SecretBytes> KeyWedge::key(std::uint16_t code, std::int32_t value, Duration at) {
  if (code == kLeftShift || code == kRightShift) {
    const unsigned bit = code == kLeftShift ? 1U : 2U;
    shifts_ = value == 0 ? shifts_ & ~bit : shifts_ | bit;
    return std::nullopt;
  }
  if (value != 1) return std::nullopt;
  if (last_ && (at < *last_ || at - *last_ > kMostPause)) forget();
  last_ = at;
  if (code == kEnter || code == kPadEnter) {
    std::optional<SecretBytes> out;
    if (size_ > 0 && !spoilt_) out = SecretBytes::copy_of(text_.reveal().first(size_));
    forget();
    return out;
  }
  const char c = character_of(code, shifts_ != 0);
  if (c == '\0' || size_ == kMostCode) {
    spoilt_ = true;
    return std::nullopt;
  }
  text_.reveal_mutable()[size_++] = static_cast<Byte>(c);
  return std::nullopt;
}

}  // namespace kw::device
