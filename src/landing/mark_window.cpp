#include "landing/mark_window.h"

#include <algorithm>

#include "base/text.h"
#include "marking/marking.h"

namespace kw::landing {
namespace {

using marking::MarkScan;

enum class Encoding : std::uint8_t { utf8, gb18030, utf16_little, utf16_big };

/// The size of the character at the beginning; 0 where the octets end within it.
std::size_t size_of(ByteView text, Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return std::max<std::size_t>(1, utf8_length(text_of(text)));
    case Encoding::gb18030: {
      if (text[0] < 0x81 || text[0] == 0xff) return 1;
      if (text.size() < 2) return 0;
      const std::size_t size = text[1] >= '0' && text[1] <= '9' ? 4 : 2;
      return text.size() < size ? 0 : size;
    }
    default: {
      if (text.size() < 2) return 0;
      const Byte high = text[encoding == Encoding::utf16_big ? 0 : 1];
      const std::size_t size = high >= 0xd8 && high <= 0xdb ? 4 : 2;
      return text.size() < size ? 0 : size;
    }
  }
}

void put(ByteView one, Encoding encoding, MarkScan& scan) {
  switch (encoding) {
    case Encoding::utf8:
      return put_utf8(one, scan);
    case Encoding::gb18030:
      return put_gb18030(one, scan);
    default:
      return put_utf16(one, encoding == Encoding::utf16_big, scan);
  }
}

std::optional<std::size_t> found_size(const MarkScan& scan) {
  const auto found = scan.found();
  return found ? std::optional(found->size()) : std::nullopt;
}

/// The place behind the marking that `scan` is in the middle of; nothing where the next visible characters make none.
std::optional<std::size_t> end_of_mark(ByteView window, std::size_t at, Encoding encoding, MarkScan& scan) {
  std::optional<std::size_t> out, size;
  const auto seen = scan.seen();
  while (at < window.size()) {
    const auto length = size_of(window.subspan(at), encoding);
    if (length == 0) break;
    put(window.subspan(at, length), encoding, scan);
    at += length;
    const auto now = found_size(scan);
    if (now && now != size) out = at;  // the star, and each character of the period
    size = now;
    if (!now && scan.seen() - seen >= 2) break;  // a star, or an asterisk and the beginning of a period
  }
  return out;
}

/// The place where the level begins: the nearest from which the characters up to 密, and then a star, are a marking.
std::optional<std::size_t> start_of_mark(ByteView window, std::size_t end, Encoding encoding) {
  const std::size_t step = encoding == Encoding::utf16_little || encoding == Encoding::utf16_big ? 2 : 1;
  for (std::size_t back = end; back > 0;) {
    if (back < step) break;
    back -= step;
    MarkScan scan({});
    std::size_t at = back;
    while (at < end) {
      const auto length = size_of(window.subspan(at), encoding);
      if (length == 0 || at + length > end) break;
      put(window.subspan(at, length), encoding, scan);
      at += length;
    }
    if (at != end || scan.seen() != 2) continue;
    scan.put(U'★');
    if (scan.found()) return back;
  }
  return std::nullopt;
}

/// What most texts have behind 密, a Chinese character or one of ASCII's, is no star and no blank. Saves the long look.
bool surely_no_star(ByteView behind, Encoding encoding) {
  if (behind.empty()) return true;
  const auto ideograph = [](Byte high) { return high >= 0x4e && high <= 0x9f; };
  const auto ascii = [](Byte octet) { return octet > 0x20 && octet < 0x7f && octet != '*'; };
  switch (encoding) {
    case Encoding::utf8:
      return (behind[0] >= 0xe4 && behind[0] <= 0xe9) || ascii(behind[0]);
    case Encoding::gb18030:
      return (behind[0] >= 0xb0 && behind[0] <= 0xf7) || ascii(behind[0]);
    default:
      return behind.size() < 2 || ideograph(behind[encoding == Encoding::utf16_big ? 0 : 1]);
  }
}

std::optional<MarkPlace> mark_of(ByteView window, std::size_t end, Encoding encoding) {
  if (surely_no_star(window.subspan(end), encoding)) return std::nullopt;
  MarkScan scan({});
  for (const char32_t c : {U'机', U'密'}) scan.put(c);  // is there a star at all, before the level is looked for
  const auto behind = end_of_mark(window, end, encoding, scan);
  if (!behind) return std::nullopt;
  const auto from = start_of_mark(window, end, encoding);
  if (!from) return std::nullopt;
  return MarkPlace{*from, *behind - *from};
}

}  // namespace

std::optional<MarkPlace> mark_in_window(ByteView window, std::size_t last) {
  const auto octet = [&](std::size_t back) { return last < back ? Byte{0} : window[last - back]; };
  const auto end = last + 1;
  if (octet(1) == 0xaf && octet(0) == 0x86)
    return octet(2) == 0xe5 ? mark_of(window, end, Encoding::utf8) : std::nullopt;
  if (octet(1) == 0xc3) return mark_of(window, end, Encoding::gb18030);
  return mark_of(window, end, octet(0) == 0x5b ? Encoding::utf16_little : Encoding::utf16_big);
}

}  // namespace kw::landing
