#include "device/egress/pdf_font.h"

#include <algorithm>

namespace kw::device {
namespace {

std::uint32_t code_of(std::string_view octets) {
  std::uint32_t out = 0;
  for (const char c : octets) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}
// Codes of different lengths are different codes; none is longer than three octets where it counts.
std::uint32_t key_of(std::uint32_t code, std::size_t length) { return code ^ static_cast<std::uint32_t>(length) << 29; }

std::u32string characters_of(std::string_view utf16) {
  std::u32string out;
  const auto unit = [&](std::size_t i) { return code_of(utf16.substr(i, 2)); };
  for (std::size_t i = 0; i + 1 < utf16.size() && out.size() < 16; i += 2) {
    char32_t c = unit(i);
    if ((c & 0xfc00) == 0xd800 && i + 3 < utf16.size()) {
      c = 0x10000 + ((c & 0x3ff) << 10 | (unit(i + 2) & 0x3ff));
      i += 2;
    }
    out += c;
  }
  return out;
}

bool any_of(std::string_view name, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts, [&](auto start) { return name.starts_with(start); });
}

}  // namespace

PdfFont PdfFont::make(const PdfDict& font, PdfFile& file, Budget& budget) {
  PdfFont out;
  const auto at = font.find("ToUnicode");
  if (const auto* map = at == font.end() ? nullptr : file.object(at->second); map != nullptr && map->stream) {
    if (const auto content = file.decoded(*map, budget)) out.read_map(*content, file.values());
    if (!out.codes_.empty()) {
      out.kind_ = Kind::map;
      return out;
    }
  }
  const auto& encoding = file.get(font, "Encoding");
  if (file.get(font, "Subtype").name() == "Type0") {
    const auto name = encoding.name();
    if (any_of(name, {"UniGB-UCS2", "UniGB-UTF16", "UniCNS-UCS2", "UniCNS-UTF16", "UniJIS-UCS2", "UniJIS-UTF16"}))
      out.kind_ = Kind::utf16;
    else if (any_of(name, {"GBK", "GB-EUC", "GBpc-EUC"}))
      out.kind_ = Kind::gbk;
    else
      out.kind_ = Kind::unreadable;
    return out;
  }
  const auto* dict = encoding.dict();
  if (const auto* differences = dict == nullptr ? nullptr : file.get(*dict, "Differences").as<PdfArray>())
    out.read_differences(*differences);
  return out;
}

void PdfFont::read_map(ByteView cmap, std::size_t& values) {
  PdfParser in(cmap, values);
  std::vector<PdfValue> operands;
  const auto text = [&](std::size_t i) -> const std::string* {
    return i < operands.size() ? operands[i].as<std::string>() : nullptr;
  };
  const auto keep = [&](std::uint32_t code, std::size_t length, std::u32string to) {
    if (length == 0 || length > 4 || codes_.size() >= kMostCodes || to.empty()) return;
    lengths_.at(length) = true;
    codes_[key_of(code, length)] = std::move(to);
  };
  while (auto value = in.next()) {
    if (value->as<PdfWord>() == nullptr) {
      if (operands.size() < 1024) operands.push_back(std::move(*value));
      continue;
    }
    if (value->word("endbfchar"))
      for (std::size_t i = 0; i + 1 < operands.size(); i += 2)
        if (text(i) != nullptr && text(i + 1) != nullptr)
          keep(code_of(*text(i)), text(i)->size(), characters_of(*text(i + 1)));
    if (value->word("endbfrange"))
      for (std::size_t i = 0; i + 2 < operands.size(); i += 3) {
        if (text(i) == nullptr || text(i + 1) == nullptr) continue;
        const auto first = code_of(*text(i)), last = code_of(*text(i + 1));
        const auto* each = operands[i + 2].as<PdfArray>();
        for (std::uint32_t n = 0; last >= first && n <= std::min<std::uint32_t>(last - first, 0xffff); ++n) {
          const auto* to = each == nullptr ? text(i + 2) : n < each->size() ? (*each)[n].as<std::string>() : nullptr;
          if (to == nullptr) break;
          auto characters = characters_of(*to);
          if (each == nullptr && !characters.empty()) characters.back() += n;
          keep(first + n, text(i)->size(), std::move(characters));
        }
      }
    operands.clear();
  }
}

// Names of glyphs: "/uni673A" says which character it is; a name of a subset ("/g12") says nothing.
void PdfFont::read_differences(const PdfArray& differences) {
  std::uint32_t code = 0;
  for (const auto& one : differences) {
    if (const auto number = one.number()) {
      code = *number;
      continue;
    }
    const auto name = one.name();
    std::uint32_t value = 0;
    const auto octets =
        name.starts_with("uni") && name.size() == 7 ? from_hex(name.substr(3)) : Result<Bytes>(fail(Errc::invalid));
    if (octets) {
      value = code_of(text_of(*octets));
      codes_[key_of(code, 1)] = std::u32string(1, value);
      lengths_[1] = true;
      kind_ = Kind::map;
    } else if (name.size() > 1 && name.find_first_of("0123456789") != std::string_view::npos) {
      kind_ = Kind::unreadable;
      return;
    }
    ++code;
  }
}

void PdfFont::put(ByteView shown, marking::MarkScan& scan) const {
  if (kind_ == Kind::utf16) return put_utf16(shown, true, scan);
  if (kind_ == Kind::gbk) return put_gb18030(shown, scan);
  if (kind_ == Kind::latin || kind_ == Kind::unreadable) {
    for (const auto octet : shown) scan.put(octet);
    return;
  }
  while (!shown.empty()) {
    std::size_t length = 1;
    const std::u32string* characters = nullptr;
    for (std::size_t n = 1; n < lengths_.size() && n <= shown.size() && characters == nullptr; ++n) {
      if (!lengths_.at(n)) continue;
      length = n;
      const auto at = codes_.find(key_of(code_of(text_of(shown.first(n))), n));
      if (at != codes_.end()) characters = &at->second;
    }
    if (characters != nullptr)
      for (const auto c : *characters) scan.put(c);
    shown = shown.subspan(length);
  }
}

}  // namespace kw::device
