#include "marking/marking.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace kw::marking {
namespace {

constexpr char32_t kStar = U'★';
constexpr std::array<std::u32string_view, 3> kLevels = {U"绝密", U"机密", U"秘密"};
constexpr std::u32string_view kStars = U"☆⭐⋆✩✪✫✬✭✮✯✰⍟🌟";
constexpr std::u32string_view kPeriod = U"0123456789年月日天个长期";
constexpr std::u32string_view kTraditional = U"機絕絶祕內資長個級閱";
constexpr std::u32string_view kSimplified = U"机绝绝秘内资长个级阅";
static_assert(kTraditional.size() == kSimplified.size());

constexpr std::array<std::array<std::uint16_t, 191>, 126> kGbk{{
#include "marking/gbk.gen.inc"
}};

bool invisible(char32_t c) {
  return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x1680 || (c >= 0x2000 && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x2064) || c == 0x3000 || c == 0xfeff ||
         (c >= 0xfe00 && c <= 0xfe0f);  // variation selectors: ★ comes with one
}

/// plain gives the form of a character that is compared; 0: none.
char32_t plain(char32_t c) {
  if (invisible(c)) return 0;
  if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
  if (c >= U'A' && c <= U'Z') return c + 0x20;
  if (c < 0x80) return c;
  if (c == 0x2217) return U'*';
  if (const auto at = kTraditional.find(c); at != std::u32string_view::npos) return kSimplified[at];
  return kStars.find(c) != std::u32string_view::npos ? kStar : c;
}

void put_in(std::string& out, char32_t c) {
  const auto octet = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return octet(c);
  if (c < 0x800) {
    octet(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      octet(0xe0 | c >> 12);
    } else {
      octet(0xf0 | c >> 18);
      octet(0x80 | (c >> 12 & 0x3f));
    }
    octet(0x80 | (c >> 6 & 0x3f));
  }
  octet(0x80 | (c & 0x3f));
}

/// The well-formed character at the beginning of `text`, and its length.
char32_t utf8_at(std::string_view text, std::size_t length) {
  const auto octet = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  if (length == 1) return octet(0);
  char32_t out = octet(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) out = out << 6 | (octet(i) & 0x3f);
  return out;
}

}  // namespace

std::u32string mark_form(std::string_view utf8) {
  std::u32string out;
  while (!utf8.empty() && out.size() < MarkScan::kMostForm) {
    const auto length = utf8_length(utf8);
    if (const auto c = length == 0 ? 0 : plain(utf8_at(utf8, length)); c != 0) out += c;
    utf8.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

void MarkScan::put(char32_t c) {
  const auto form = plain(c);
  if (form == 0) return;
  ++seen_;
  if (period_) {
    period_ = kPeriod.find(form) != std::u32string_view::npos && found_.size() < 12;
    if (period_) found_ += form;
  }
  if (!found_.empty()) return;
  if (tail_.size() >= 2 * kMostForm) tail_.erase(0, kMostForm);
  tail_ += form;
  const bool star = form == kStar;
  // The poor man's star is one where a period follows.
  const bool asterisk =
      tail_.size() > 2 && tail_[tail_.size() - 2] == U'*' && (form == U'长' || (form >= U'0' && form <= U'9'));
  if (star || asterisk) {
    const auto before = std::u32string_view(tail_).substr(0, tail_.size() - (star ? 1 : 2));
    for (const auto level : kLevels)
      if (before.ends_with(level)) {
        found_ = std::u32string(level) + kStar;
        if (asterisk) found_ += form;
        period_ = true;
        return;
      }
  }
  for (const auto& word : words_)
    if (!word.empty() && word.back() == form && ends_with(word)) {
      found_ = word;
      return;
    }
}

std::optional<std::string> MarkScan::found() const {
  if (found_.empty()) return std::nullopt;
  std::string out;
  for (const auto c : found_) put_in(out, c);
  return out;
}

bool is_utf8(ByteView octets) noexcept {
  auto text = text_of(octets);
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void put_utf8(ByteView octets, MarkScan& scan) {
  auto text = text_of(octets);
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0)
      scan.gap();
    else
      scan.put(utf8_at(text, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void put_utf16(ByteView text, bool big_endian, MarkScan& scan) {
  const auto unit = [&](std::size_t i) {
    return static_cast<char32_t>(big_endian ? text[i] << 8 | text[i + 1] : text[i + 1] << 8 | text[i]);
  };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    auto c = unit(i);
    if (c >= 0xd800 && c < 0xdc00 && i + 3 < text.size() && (unit(i + 2) & 0xfc00) == 0xdc00) {
      c = 0x10000 + ((c & 0x3ff) << 10 | (unit(i + 2) & 0x3ff));
      i += 2;
    }
    if (c >= 0xd800 && c < 0xe000)
      scan.gap();
    else
      scan.put(c);
  }
}

void put_gb18030(ByteView text, MarkScan& scan) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned lead = text[i], trail = i + 1 < text.size() ? text[i + 1] : 0;
    if (lead < 0x80) {
      scan.put(lead);
    } else if (lead >= 0x81 && lead <= 0xfe && trail >= 0x40 && trail <= 0xfe && trail != 0x7f) {
      const auto c = kGbk.at(lead - 0x81).at(trail - 0x40);
      if (c != 0)
        scan.put(c);
      else
        scan.gap();
      ++i;
    } else if (lead >= 0x90 && lead <= 0xe3 && trail >= 0x30 && trail <= 0x39 && i + 3 < text.size() &&
               text[i + 2] >= 0x81 && text[i + 3] >= 0x30 && text[i + 3] <= 0x39) {
      scan.put(0x10000 + (((lead - 0x90) * 10 + (trail - 0x30)) * 126 + (text[i + 2] - 0x81U)) * 10 +
               (text[i + 3] - 0x30U));
      i += 3;
    } else {
      scan.gap();
    }
  }
}

void put_raw(ByteView octets, MarkScan& scan) {
  put_utf8(octets, scan);
  scan.gap();
  for (std::size_t from = 0; from < 2 && from < octets.size(); ++from) {
    const auto part = octets.subspan(from);
    put_gb18030(part, scan);
    scan.gap();
    put_utf16(part, false, scan);
    scan.gap();
    put_utf16(part, true, scan);
    scan.gap();
  }
}

void put_text(ByteView text, MarkScan& scan) {
  scan.gap();
  const auto starts = [&](std::initializer_list<Byte> mark) {
    return text.size() >= mark.size() && std::equal(mark.begin(), mark.end(), text.begin());
  };
  if (starts({0xff, 0xfe})) return put_utf16(text.subspan(2), false, scan);
  if (starts({0xfe, 0xff})) return put_utf16(text.subspan(2), true, scan);
  if (!is_utf8(text)) return put_raw(text, scan);
  put_utf8(text, scan);
  // Latin text of UTF-16 is well-formed UTF-8 with an octet 0 beside each letter.
  if (std::ranges::find(text, Byte{0}) != text.end()) put_raw(text, scan);
}

}  // namespace kw::marking
