#pragma once
// PdfParser reads PDF's objects (ISO 32000-1, 7.2 and 7.3): values, and operators where a content stream or a CMap is
// read.
//
//   PdfParser in(octets, budget);  while (auto value = in.next()) ...       nothing: the end, or no object any more
//
// Lenient as viewers are: what a viewer shows must be seen. Depth and number of values are bounded. PURE.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace kw::device {

struct PdfValue;
using PdfArray = std::vector<PdfValue>;
using PdfDict = std::map<std::string, PdfValue, std::less<>>;
struct PdfName {
  std::string text;
};
struct PdfWord {  // an operator, "obj", "true", "null"
  std::string text;
};
struct PdfRef {
  std::uint32_t number = 0;
};

struct PdfValue {
  std::variant<std::monostate, double, std::string, PdfName, PdfWord, PdfRef, PdfArray, std::shared_ptr<PdfDict>> of;

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&of);
  }
  [[nodiscard]] const PdfDict* dict() const {
    const auto* held = as<std::shared_ptr<PdfDict>>();
    return held == nullptr ? nullptr : held->get();
  }
  [[nodiscard]] std::string_view name() const {
    const auto* held = as<PdfName>();
    return held == nullptr ? std::string_view() : held->text;
  }
  [[nodiscard]] bool word(std::string_view text) const {
    const auto* held = as<PdfWord>();
    return held != nullptr && held->text == text;
  }
  [[nodiscard]] std::optional<std::uint32_t> number() const;  // a whole one, not negative
};

class PdfParser {
 public:
  static constexpr int kMostDepth = 24;
  static constexpr std::size_t kMostString = std::size_t{1} << 20;
  /// `values` are those that may still be made; shared by all parsers of a document.
  PdfParser(ByteView in, std::size_t& values) : in_(in), values_(values) {}
  std::optional<PdfValue> next() { return value(0); }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  void seek(std::size_t to) noexcept { at_ = std::min(to, in_.size()); }

 private:
  std::optional<PdfValue> value(int depth);
  std::optional<PdfValue> number_or_reference();
  PdfValue literal();
  PdfValue hex();
  std::string name();
  PdfValue array(int depth);
  PdfValue dictionary(int depth);
  void skip_blanks();
  [[nodiscard]] int peek(std::size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : -1; }
  ByteView in_;
  std::size_t at_ = 0;
  std::size_t& values_;
};

}  // namespace kw::device
