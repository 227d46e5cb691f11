#pragma once
// MarkScan finds secrecy markings in a text that comes character by character (clause 9.7-e; GB/T 9704-2012, 7.2.2).
//
//   MarkScan scan(words);  for (char32_t c : text) scan.put(c);  if (scan.found()) ...   "机密★10年"
//
// A marking is 绝密, 机密 or 秘密 with a star behind it, and perhaps a period; or one of policy's words. Blanks, line
// ends and invisible characters between its parts, full-width and traditional forms and other stars make no
// difference. The level alone is an ordinary word and marks nothing. The first marking counts. PURE.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::marking {

/// mark_form brings a word of policy into the form that is compared; empty where nothing of it is left.
[[nodiscard]] std::u32string mark_form(std::string_view utf8);

class MarkScan {
 public:
  static constexpr std::size_t kMostForm = 64;  // characters of a word; what is longer is never found
  explicit MarkScan(std::span<const std::u32string> words) : words_(words) {}

  void put(char32_t c);
  /// gap: what follows belongs to another text.
  void gap() { tail_.clear(), period_ = false; }
  /// found is the marking in its plain form, UTF-8.
  [[nodiscard]] std::optional<std::string> found() const;
  /// seen is the number of visible characters so far.
  [[nodiscard]] std::size_t seen() const noexcept { return seen_; }

 private:
  [[nodiscard]] bool ends_with(std::u32string_view form) const { return std::u32string_view(tail_).ends_with(form); }
  std::span<const std::u32string> words_;
  std::u32string tail_, found_;
  bool period_ = false;  // what follows may be the marking's period
  std::size_t seen_ = 0;
};

// How octets become characters. Octets that belong to no character are a gap.
void put_utf8(ByteView text, MarkScan& scan);
void put_utf16(ByteView text, bool big_endian, MarkScan& scan);
/// put_gb18030: its two-octet part, which is GBK, and what lies beyond plane 0.
void put_gb18030(ByteView text, MarkScan& scan);
/// put_text takes text of whatever encoding it is in: by its byte order mark, as UTF-8 where it is well-formed, else as
/// everything that it could be.
void put_text(ByteView text, MarkScan& scan);
/// put_raw takes octets that are no text for everything that they could hold, at every alignment.
void put_raw(ByteView octets, MarkScan& scan);
[[nodiscard]] bool is_utf8(ByteView text) noexcept;

}  // namespace kw::marking
