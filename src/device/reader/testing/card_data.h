#pragma once
// card_data makes what a reader gives of an identity card, and keys_of what a scanner types, for tests.
#include <string>
#include <vector>

#include "device/reader/card_facts.h"

namespace kw::device::testing {

/// The person is nobody: his number is the example of GB 11643-1999.
struct CardWords {
  std::u32string name = U"欧阳若溪", sex = U"2", nation = U"01", birth = U"19491231",
                 address = U"广东省深圳市福田区福中路1号 A座", number = U"11010519491231002X", issuer = U"深圳市公安局",
                 from = U"20200101", until = U"长期";
  char32_t kind = U' ';
};

inline void put_unit(char32_t unit, Bytes& out) {
  out.push_back(static_cast<Byte>(unit & 0xff));
  out.push_back(static_cast<Byte>(unit >> 8));
}
inline Bytes card_data(const CardWords& words = {}, std::size_t photo = 1024) {
  Bytes out{0x01, 0x00, static_cast<Byte>(photo >> 8), static_cast<Byte>(photo & 0xff)};
  const auto field = [&](const std::u32string& text, std::size_t octets) {
    const auto end = out.size() + octets;
    for (const auto c : text) {
      if (c < 0x10000) {
        put_unit(c, out);
      } else {
        put_unit(0xd800 + ((c - 0x10000) >> 10), out);
        put_unit(0xdc00 + ((c - 0x10000) & 0x3ff), out);
      }
    }
    while (out.size() < end) put_unit(U' ', out);
  };
  field(words.name, 30), field(words.sex, 2), field(words.nation, 4), field(words.birth, 16);
  field(words.address, 70), field(words.number, 36), field(words.issuer, 30), field(words.from, 16);
  field(words.until, 16), field(U"", 28), field(std::u32string(1, words.kind), 8);
  out.resize(out.size() + photo, 0x57);
  return out;
}

struct KeyPress {
  std::uint16_t code = 0;
  std::int32_t value = 0;
};
/// keys_of one character of ASCII on an American keyboard, with Shift where it takes one; Enter of a line end.
inline std::vector<KeyPress> keys_of(char c) {
  struct Row {
    std::uint16_t first;
    std::string_view plain, shifted;
  };
  static constexpr Row kKeys[]{{2, "1234567890-=", "!@#$%^&*()_+"},
                               {16, "qwertyuiop[]\n", "QWERTYUIOP{}"},
                               {30, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
                               {43, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
                               {57, " ", ""}};
  for (const auto& row : kKeys) {
    for (const bool shift : {false, true}) {
      const auto at = (shift ? row.shifted : row.plain).find(c);
      if (at == std::string_view::npos) continue;
      const auto code = static_cast<std::uint16_t>(row.first + at);
      if (shift) return {{42, 1}, {code, 1}, {code, 0}, {42, 0}};
      return {{code, 1}, {code, 0}};
    }
  }
  return {};
}

}  // namespace kw::device::testing
