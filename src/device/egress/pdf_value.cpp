#include "device/egress/pdf_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kw::device {
namespace {

bool blank(int c) { return c == 0 || c == 9 || c == 10 || c == 12 || c == 13 || c == 32; }
bool delimiter(int c) {
  return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' || c == '}' || c == '/' ||
         c == '%';
}
bool regular(int c) { return c >= 0 && !blank(c) && !delimiter(c); }
int digit(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::optional<std::uint32_t> PdfValue::number() const {
  const auto* held = as<double>();
  if (held == nullptr || *held < 0 || *held > 4e9 || std::floor(*held) != *held) return std::nullopt;
  return static_cast<std::uint32_t>(*held);
}

void PdfParser::skip_blanks() {
  while (at_ < in_.size()) {
    if (peek() == '%')
      while (at_ < in_.size() && peek() != 10 && peek() != 13) ++at_;
    else if (!blank(peek()))
      return;
    else
      ++at_;
  }
}

std::optional<PdfValue> PdfParser::value(int depth) {
  skip_blanks();
  if (at_ >= in_.size() || depth > kMostDepth || values_ == 0) return std::nullopt;
  --values_;
  const int c = peek();
  if (c == '(') return literal();
  if (c == '<' && peek(1) == '<') return dictionary(depth);
  if (c == '<') return hex();
  if (c == '[') return array(depth);
  if (c == '/') return PdfValue{PdfName{name()}};
  if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.') return number_or_reference();
  if (!regular(c)) {  // a closing bracket without an opening one, a brace of PostScript
    ++at_;
    return PdfValue{PdfWord{std::string(1, static_cast<char>(c))}};
  }
  const auto from = at_;
  while (regular(peek()) && at_ - from < 128) ++at_;
  return PdfValue{PdfWord{copy_text(in_.subspan(from, at_ - from))}};
}

std::optional<PdfValue> PdfParser::number_or_reference() {
  const auto from = at_;
  while (regular(peek()) && at_ - from < 64) ++at_;
  auto text = text_of(in_.subspan(from, at_ - from));
  const bool minus = text.starts_with('-');
  while (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  double number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (wrong != std::errc{}) return PdfValue{PdfWord{copy_text(in_.subspan(from, at_ - from))}};
  // "12 0 R"
  const auto after = at_;
  if (!minus && text.find('.') == std::string_view::npos && blank(peek())) {
    skip_blanks();
    std::size_t digits = 0;
    while (digits < 5 && peek(digits) >= '0' && peek(digits) <= '9') ++digits;
    std::size_t gap = digits;
    while (digits > 0 && blank(peek(gap))) ++gap;
    if (digits > 0 && gap > digits && peek(gap) == 'R' && !regular(peek(gap + 1)) && number <= 4e9) {
      at_ += gap + 1;
      return PdfValue{PdfRef{static_cast<std::uint32_t>(number)}};
    }
    at_ = after;
  }
  return PdfValue{minus ? -number : number};
}

PdfValue PdfParser::literal() {
  std::string out;
  int depth = 0;
  for (; at_ < in_.size() && out.size() < kMostString; ++at_) {
    int c = peek();
    if (c == '(' && depth++ == 0) continue;
    if (c == ')' && --depth == 0) {
      ++at_;
      break;
    }
    if (c == '\\') {
      c = peek(1);
      ++at_;
      if (c == 13 && peek(1) == 10) ++at_;
      if (c == 10 || c == 13 || c < 0) continue;
      if (c >= '0' && c <= '7') {
        int octal = c - '0';
        for (int i = 0; i < 2 && peek(1) >= '0' && peek(1) <= '7'; ++i, ++at_) octal = octal * 8 + peek(1) - '0';
        c = octal & 0xff;
      } else {
        constexpr std::string_view kFrom = "nrtbf", kTo = "\n\r\t\b\f";
        const auto at = kFrom.find(static_cast<char>(c));
        if (at != std::string_view::npos) c = kTo[at];
      }
    }
    out += static_cast<char>(c);
  }
  return {std::move(out)};
}

PdfValue PdfParser::hex() {
  std::string out;
  int half = -1;
  for (++at_; at_ < in_.size() && peek() != '>' && out.size() < kMostString; ++at_) {
    const int value = digit(peek());
    if (value < 0) continue;
    if (half >= 0) out += static_cast<char>(half << 4 | value);
    half = half >= 0 ? -1 : value;
  }
  if (half >= 0) out += static_cast<char>(half << 4);
  if (peek() == '>') ++at_;
  return {std::move(out)};
}

std::string PdfParser::name() {
  std::string out;
  for (++at_; regular(peek()) && out.size() < 256; ++at_) {
    int c = peek();
    if (c == '#' && digit(peek(1)) >= 0 && digit(peek(2)) >= 0) {
      c = digit(peek(1)) << 4 | digit(peek(2));
      at_ += 2;
    }
    out += static_cast<char>(c);
  }
  return out;
}

PdfValue PdfParser::array(int depth) {
  PdfArray out;
  for (++at_;;) {
    skip_blanks();
    if (peek() == ']') {
      ++at_;
      break;
    }
    auto one = value(depth + 1);
    if (!one) break;
    out.push_back(std::move(*one));
  }
  return {std::move(out)};
}

PdfValue PdfParser::dictionary(int depth) {
  auto out = std::make_shared<PdfDict>();
  for (at_ += 2;;) {
    skip_blanks();
    if (peek() == '>') {
      at_ += peek(1) == '>' ? 2 : 1;
      break;
    }
    if (peek() != '/') {  // a key is missing: what stands there is passed over
      if (!value(depth + 1)) break;
      continue;
    }
    auto key = name();
    auto one = value(depth + 1);
    if (!one) break;
    (*out)[std::move(key)] = std::move(*one);
  }
  return {std::move(out)};
}

}  // namespace kw::device
