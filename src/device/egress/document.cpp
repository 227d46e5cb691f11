#include "device/egress/document.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "device/egress/pdf_text.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostDetail = 96;

bool starts(ByteView octets, std::string_view with) { return text_of(octets).starts_with(with); }

/// Without tags, and with the characters that are written as numbers: "机<b>密</b>", "&#x673A;", "\u673a".
Bytes without_markup(ByteView text, bool tags) {
  Bytes out;
  out.reserve(text.size());
  const auto number = [&](std::size_t& at, int base, std::size_t most, bool semicolon) {
    char32_t value = 0;
    std::size_t digits = 0;
    auto end = at;
    for (; end < text.size() && digits < most; ++end, ++digits) {
      const auto c = text[end];
      const int digit = c >= '0' && c <= '9'                     ? c - '0'
                        : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                 : 99;
      if (digit >= base) break;
      value = value * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
    }
    if (digits == 0 || (!semicolon && digits != most) || value > 0x10ffff) return false;
    if (semicolon && end < text.size() && text[end] == ';') ++end;
    const auto put = [&](char32_t octet) { out.push_back(static_cast<Byte>(octet)); };
    if (value < 0x80)
      put(value);
    else if (value < 0x800)
      put(0xc0 | value >> 6), put(0x80 | (value & 0x3f));
    else if (value < 0x10000)
      put(0xe0 | value >> 12), put(0x80 | (value >> 6 & 0x3f)), put(0x80 | (value & 0x3f));
    else
      put(0xf0 | value >> 18), put(0x80 | (value >> 12 & 0x3f)), put(0x80 | (value >> 6 & 0x3f)),
          put(0x80 | (value & 0x3f));
    at = end;
    return true;
  };
  for (std::size_t i = 0; i < text.size();) {
    auto at = i;
    if (starts(text.subspan(i), "&#")) {
      const bool hex = i + 2 < text.size() && (text[i + 2] | 0x20) == 'x';
      at = i + (hex ? 3 : 2);
      if (number(at, hex ? 16 : 10, 8, true)) {
        i = at;
        continue;
      }
    } else if (starts(text.subspan(i), "\\u")) {
      at = i + 2;
      if (number(at, 16, 4, false)) {
        i = at;
        continue;
      }
    } else if (tags && text[i] == '<') {
      const auto end = text_of(text).find('>', i);
      if (end != std::string_view::npos && end - i < 65536) {
        i = end + 1;
        continue;
      }
    }
    out.push_back(text[i++]);
  }
  return out;
}

/// RTF writes what is not ASCII as \uN and a stand-in, or as \'hh of the document's code page.
void put_rtf(ByteView text, marking::MarkScan& scan) {
  Bytes code_page;
  const auto flush = [&] {
    put_gb18030(code_page, scan);
    code_page.clear();
  };
  bool stand_in = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.subspan(i);
    if (starts(rest, "\\'") && rest.size() >= 4) {
      const auto octet = from_hex(text_of(rest.subspan(2, 2)));
      if (octet && !std::exchange(stand_in, false)) append(code_page, *octet);
      i += 3;
      continue;
    }
    if (text[i] != '\\') {
      if (text[i] == '{' || text[i] == '}' || text[i] == '\r' || text[i] == '\n') continue;
      flush();
      if (!std::exchange(stand_in, false)) scan.put(text[i]);
      continue;
    }
    flush();
    const bool unicode =
        starts(rest, "\\u") && rest.size() > 2 && (rest[2] == '-' || (rest[2] >= '0' && rest[2] <= '9'));
    auto end = i + 1;
    while (end < text.size() && (text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z') ++end;
    int value = 0;
    const bool minus = end < text.size() && text[end] == '-';
    if (minus) ++end;
    for (int digits = 0; end < text.size() && text[end] >= '0' && text[end] <= '9' && digits < 6; ++end, ++digits)
      value = value * 10 + (text[end] - '0');
    if (unicode) scan.put(static_cast<char32_t>((minus ? -value : value) & 0xffff));
    stand_in = unicode;
    if (end < text.size() && text[end] == ' ') ++end;
    i = std::max(end, i + 2) - 1;
  }
  flush();
}

bool is_picture(ByteView in) {
  return starts(in, "\x89PNG") || starts(in, "\xff\xd8\xff") || starts(in, "GIF8") || starts(in, "BM") ||
         starts(in, "II*") || starts(in, std::string_view("MM\0*", 4)) || starts(in, "RIFF");
}

// RFC 8010, 3.1: version, operation, request, then a group of attributes. What follows the attributes is the document.
bool is_ipp(ByteView in) {
  return in.size() > 12 && in[0] >= 1 && in[0] <= 2 && in[1] <= 2 && (in[8] == 1 || in[8] == 2) &&
         text_of(in.first(std::min<std::size_t>(in.size(), 128))).find("attributes-charset") < 64;
}

bool is_plain_text(ByteView in) {
  if (starts(in, "\xff\xfe") || starts(in, "\xfe\xff")) return true;
  // Every control character but those of lines, pages and terminals is a sign of something else.
  const auto odd =
      std::ranges::count_if(in, [](Byte c) { return c < 0x20 && c != 9 && c != 10 && c != 12 && c != 13 && c != 27; });
  return odd == 0;
}

class Document {
 public:
  Document(marking::MarkScan& scan, Budget& budget) : scan_(scan), budget_(budget) {}

  /// `part`: of an archive, where pictures and settings lie beside what is read.
  void read(ByteView in, bool part) {
    scan_.gap();
    if (in.empty() || scan_.found()) return;
    if (is_zip(in)) return archive(in);
    if (is_pdf(in)) {
      if (const auto done = scan_pdf(in, scan_, budget_); !done) problem(done.error().detail());
      return;
    }
    if (starts(in, "{\\rtf")) {
      put_rtf(in, scan_);
      return put_text(in, scan_);
    }
    const bool printer = starts(in, "%!PS") || starts(in, "\x1b%-12345X") ||
                         starts(in,
                                "\x1b"
                                "E");
    if (is_plain_text(in) && !printer) return text(in);
    put_raw(in, scan_);
    if (part || is_ipp(in)) return;
    problem(printer                          ? "printer's language"
            : is_picture(in)                 ? "picture"
            : starts(in, "\xd0\xcf\x11\xe0") ? "old Office format"
                                             : "unknown format");
  }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  void text(ByteView in) {
    put_text(in, scan_);
    const auto plain = text_of(in);
    const bool tags = plain.find('<') != std::string_view::npos;
    if (!tags && plain.find("&#") == std::string_view::npos && plain.find("\\u") == std::string_view::npos) return;
    put_text(without_markup(in, tags), scan_);
  }

  void archive(ByteView in) {
    if (budget_.depth == 0) return problem("archives in archives");
    --budget_.depth;
    const auto parts = read_zip(in);
    if (!parts) {
      put_raw(in, scan_);
      problem(parts.error().detail());
    } else {
      // Office documents have pictures and settings beside their text; in other archives each part is a document.
      const bool office = std::ranges::any_of(
          *parts, [](const auto& one) { return one.name == "[Content_Types].xml" || one.name == "mimetype"; });
      for (const auto& one : *parts) {
        if (scan_.found()) break;
        if (budget_.parts == 0) return problem("zip: too many parts");
        --budget_.parts;
        put_text(bytes_of(one.name), scan_);
        const auto content = unpack(one, budget_);
        if (content)
          read(*content, office);
        else
          problem(content.error().detail());
      }
    }
    ++budget_.depth;
  }

  void problem(std::string_view what) {
    if (problem_.empty()) problem_ = what;
  }
  marking::MarkScan& scan_;
  Budget& budget_;
  std::string problem_;
};

constexpr std::array<std::string_view, 3> kVerdicts = {"clean", "marked", "unreadable"};

}  // namespace

DocumentReading read_document(ByteView document, std::span<const std::string> words, Budget budget) {
  std::vector<std::u32string> forms;
  for (const auto& word : words) forms.push_back(marking::mark_form(word));
  marking::MarkScan scan(forms);
  Document reader(scan, budget);
  reader.read(document, false);
  if (const auto found = scan.found()) return {DocumentVerdict::marked, clean_text(*found, kMostDetail)};
  if (!reader.problem().empty()) return {DocumentVerdict::unreadable, clean_text(reader.problem(), kMostDetail)};
  return {DocumentVerdict::clean, {}};
}

std::string reading_text(const DocumentReading& reading) {
  const auto detail = clean_text(reading.detail, kMostDetail);
  return std::string(kVerdicts.at(static_cast<std::size_t>(reading.verdict))) + (detail.empty() ? "" : " " + detail) +
         "\n";
}

Result<DocumentReading> parse_reading(std::string_view text) {
  if (text.size() > kMostDetail + 16 || !text.ends_with('\n') || text.find('\n') + 1 != text.size())
    return fail(Errc::malformed, "document reader");
  text.remove_suffix(1);
  const auto blank = text.find(' ');
  const auto at = std::ranges::find(kVerdicts, text.substr(0, blank));
  if (at == kVerdicts.end()) return fail(Errc::malformed, "document reader");
  return DocumentReading{
      static_cast<DocumentVerdict>(at - kVerdicts.begin()),
      blank == std::string_view::npos ? std::string() : clean_text(text.substr(blank + 1), kMostDetail)};
}

}  // namespace kw::device
