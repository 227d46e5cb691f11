#include "masking/code_points.h"

#include "base/text.h"

namespace kw::masking {

std::optional<std::u32string> code_points_of(std::string_view utf8) {
  std::u32string out;
  while (!utf8.empty()) {
    const auto size = utf8_length(utf8);
    if (size == 0) return std::nullopt;
    const auto octet = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(utf8[i])); };
    char32_t point = size == 1 ? octet(0) : octet(0) & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) point = point << 6 | (octet(i) & 0x3f);
    out += point;
    utf8.remove_prefix(size);
  }
  return out;
}

std::string utf8_of(std::u32string_view text) {
  std::string out;
  const auto put = [&](char32_t octet) { out += static_cast<char>(static_cast<unsigned char>(octet)); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      put(c);
      continue;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    put((more == 1 ? 0xc0U : more == 2 ? 0xe0U : 0xf0U) | c >> (6 * more));
    for (int i = more - 1; i >= 0; --i) put(0x80U | (c >> (6 * i) & 0x3fU));
  }
  return out;
}

}  // namespace kw::masking
