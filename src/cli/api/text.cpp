#include "cli/api/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace kw::cli {
namespace {

struct Character {
  char32_t point = 0;
  std::size_t octets = 1;
  bool good = false;
};
struct Range {
  char32_t first, last;
};

/// decode takes the first character of a text that is not empty (RFC 3629: shortest form, no surrogates).
Character decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size == 0 || text.size() < size) return {};
  if (size == 1) return {lead, 1, true};
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  char32_t point = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {};
    point = point << 6 | (next & 0x3fU);
  }
  if (point < kLeast.at(size) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return {};
  return {point, size, true};
}

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t point) {
  return std::ranges::any_of(ranges, [point](const Range& r) { return point >= r.first && point <= r.last; });
}

// Controls, soft hyphen, Arabic marks, zero-width and direction characters, line separators, tags, byte-order mark.
constexpr std::array<Range, 12> kHidden{{{0, 0x1f},
                                         {0x7f, 0x9f},
                                         {0xad, 0xad},
                                         {0x600, 0x605},
                                         {0x61c, 0x61c},
                                         {0x180e, 0x180e},
                                         {0x200b, 0x200f},
                                         {0x2028, 0x202e},
                                         {0x2060, 0x206f},
                                         {0xfeff, 0xfeff},
                                         {0xfff9, 0xfffb},
                                         {0xe0000, 0xe0fff}}};
// Unicode's East Asian Width W and F, in whole blocks.
constexpr std::array<Range, 9> kWide{{{0x1100, 0x115f},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0xffe0, 0xffe6},
                                      {0x1f300, 0x3fffd}}};
constexpr std::array<Range, 5> kCombining{
    {{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

std::string escape(char32_t point, bool octet) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (point == '\n') return "\\n";
  if (point == '\t') return "\\t";
  std::string digits;
  for (auto left = point; left != 0 || digits.size() < 2; left >>= 4) digits.insert(digits.begin(), kHex[left & 15]);
  return octet || point < 0x80 ? "\\x" + digits : "\\u{" + digits + "}";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto next = decode(text);
    if (!next.good) {
      out += escape(static_cast<unsigned char>(text[0]), true);
    } else if (within(kHidden, next.point)) {
      out += escape(next.point, false);
    } else {
      out += text.substr(0, next.octets);
    }
    text.remove_prefix(next.octets);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t out = 0;
  while (!text.empty()) {
    const auto next = decode(text);
    out += within(kWide, next.point) ? 2 : within(kCombining, next.point) ? 0 : 1;
    text.remove_prefix(next.octets);
  }
  return out;
}

void TextTable::print(std::ostream& out, std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();  // an empty last cell
    out << line << "\n";
  }
}

}  // namespace kw::cli
