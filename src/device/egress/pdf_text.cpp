#include "device/egress/pdf_text.h"

#include <algorithm>

#include "device/egress/pdf_font.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostFonts = 1024, kMostOperands = 4096;

class PdfText {
 public:
  PdfText(PdfFile& file, marking::MarkScan& scan, Budget& budget) : file_(file), scan_(scan), budget_(budget) {}

  void all() {
    for (const auto& [number, object] : file_.objects()) {
      strings(object.value, 0);
      const auto* dict = object.value.dict();
      if (dict == nullptr) continue;
      const auto type = file_.get(*dict, "Type").name(), subtype = file_.get(*dict, "Subtype").name();
      if (type == "Page")
        page(*dict);
      else if (object.stream && (subtype == "Form" || file_.get(*dict, "PatternType").number() == 1U))
        part({&object}, file_.get(*dict, "Resources").dict());
      else if (subtype == "Image")
        pictures_ = true;
    }
  }
  [[nodiscard]] Result<> verdict() const {
    if (!problem_.empty()) return fail(Errc::unsupported, problem_);
    if (pages_ == 0) return fail(Errc::unsupported, "pdf: no pages found");
    if (shown_ == 0 && pictures_) return fail(Errc::unsupported, "pdf: pictures without text");
    return {};
  }

 private:
  // Titles, notes and form fields: strings by themselves, UTF-16 where they say so.
  void strings(const PdfValue& value, int depth) {
    if (depth > PdfParser::kMostDepth) return;
    if (const auto* text = value.as<std::string>()) put_text(bytes_of(*text), scan_);
    if (const auto* array = value.as<PdfArray>())
      for (const auto& one : *array) strings(one, depth + 1);
    if (const auto* dict = value.dict())
      for (const auto& [key, one] : *dict) strings(one, depth + 1);
  }

  void page(const PdfDict& page) {
    ++pages_;
    const PdfDict *resources = file_.get(page, "Resources").dict(), *at = &page;
    for (int up = 0; resources == nullptr && up < 16; ++up) {
      at = file_.get(*at, "Parent").dict();
      if (at == nullptr) break;
      resources = file_.get(*at, "Resources").dict();
    }
    const auto contents = page.find("Contents");
    if (contents == page.end()) return;
    std::vector<const PdfFile::Object*> parts;
    if (const auto* one = file_.object(contents->second); one != nullptr && one->stream) parts.push_back(one);
    if (const auto* list = file_.resolve(contents->second).as<PdfArray>())
      for (const auto& ref : *list)
        if (const auto* one = file_.object(ref)) parts.push_back(one);
    part(parts, resources);
  }

  void part(const std::vector<const PdfFile::Object*>& streams, const PdfDict* resources) {
    Bytes all;
    for (const auto* stream : streams) {
      const auto content = file_.decoded(*stream, budget_);
      if (!content) {
        problem(content.error().detail());
        continue;
      }
      append(all, *content);
      all.push_back('\n');  // a token does not go on in the next stream
    }
    scan_.gap();
    content(all, resources);
    scan_.gap();
  }

  void content(ByteView octets, const PdfDict* resources) {
    const PdfFont* font = nullptr;
    std::vector<PdfValue> operands;
    PdfParser in(octets, file_.values());
    while (auto value = in.next()) {
      const auto* word = value->as<PdfWord>();
      if (word == nullptr) {
        if (operands.size() < kMostOperands) operands.push_back(std::move(*value));
        continue;
      }
      const auto& op = word->text;
      if (op == "Tf" && operands.size() >= 2) font = font_of(operands[operands.size() - 2].name(), resources);
      if (op == "Tj" || op == "TJ" || op == "'" || op == "\"") show(operands, font);
      if (op == "ID") skip_picture(octets, in);
      operands.clear();
    }
    if (file_.values() == 0) problem("pdf: too many values");
  }

  void show(const std::vector<PdfValue>& operands, const PdfFont* font) {
    const auto one = [&](const PdfValue& value) {
      const auto* text = value.as<std::string>();
      if (text == nullptr || text->empty()) return;
      ++shown_;
      if (font == nullptr || !font->readable()) problem("pdf: a font whose letters have no names");
      if (font != nullptr) font->put(bytes_of(*text), scan_);
    };
    for (const auto& value : operands) {
      one(value);
      if (const auto* array = value.as<PdfArray>())
        for (const auto& each : *array) one(each);
    }
  }

  void skip_picture(ByteView octets, PdfParser& in) {
    pictures_ = true;
    const auto text = text_of(octets);
    for (auto at = in.position(); (at = text.find("EI", at)) != std::string_view::npos; ++at) {
      const bool before = text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == '\r';
      const bool after = at + 2 == text.size() || text[at + 2] == ' ' || text[at + 2] == '\n' || text[at + 2] == '\r';
      if (before && after) return in.seek(at + 2);
    }
    in.seek(octets.size());
  }

  const PdfFont* font_of(std::string_view name, const PdfDict* resources) {
    const auto* fonts = resources == nullptr ? nullptr : file_.get(*resources, "Font").dict();
    const auto* font = fonts == nullptr ? nullptr : file_.get(*fonts, name).dict();
    if (font == nullptr) return nullptr;
    const auto at = fonts_.find(font);
    if (at != fonts_.end()) return &at->second;
    if (fonts_.size() >= kMostFonts) return nullptr;
    return &fonts_.emplace(font, PdfFont::make(*font, file_, budget_)).first->second;
  }

  void problem(std::string_view what) {
    if (problem_.empty()) problem_ = what;
  }

  PdfFile& file_;
  marking::MarkScan& scan_;
  Budget& budget_;
  std::map<const PdfDict*, PdfFont> fonts_;
  std::string problem_;
  std::size_t pages_ = 0, shown_ = 0;
  bool pictures_ = false;
};

}  // namespace

// Viewers look for the head in the first kilobyte.
bool is_pdf(ByteView octets) noexcept {
  return text_of(octets.first(std::min<std::size_t>(octets.size(), 1024))).find("%PDF-") != std::string_view::npos;
}

Result<> scan_pdf(ByteView octets, marking::MarkScan& scan, Budget& budget) {
  auto file = PdfFile::read(octets, budget);
  if (file.encrypted()) return fail(Errc::unsupported, "pdf: encrypted");
  PdfText text(file, scan, budget);
  text.all();
  return text.verdict();
}

}  // namespace kw::device
