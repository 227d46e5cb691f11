#pragma once
// JsonOut writes canonical JSON: no blanks, integers alone, keys of an object in the order of their octets, which the
// caller keeps. Internal to src/report.
//
//   out.open('{').key("a").number(1).key("b").text("x").close('}');
//
// The form is that of RFC 8785 for what is written here: escapes only where JSON needs them. PURE.
#include <string>
#include <string_view>

namespace kw::report {

class JsonOut {
 public:
  JsonOut& open(char bracket) {
    comma();
    out_ += bracket;
    first_ = true;
    return *this;
  }
  JsonOut& close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
  }
  JsonOut& key(std::string_view name) {
    comma();
    quote(name);
    out_ += ':';
    first_ = true;  // no comma before the value
    return *this;
  }
  JsonOut& text(std::string_view value) {
    comma();
    quote(value);
    return *this;
  }
  template <class Number>
  JsonOut& number(Number value) {
    comma();
    out_ += std::to_string(value);
    return *this;
  }
  JsonOut& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  template <class Number>
  JsonOut& number(std::string_view name, Number value) {
    return key(name).number(value);
  }
  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void quote(std::string_view value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += '"';
    for (const char c : value) {
      const auto octet = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (octet >= 0x20) {
        out_ += c;
      } else if (const auto at = std::string_view("\b\f\n\r\t").find(c); at != std::string_view::npos) {
        out_ += '\\';
        out_ += "bfnrt"[at];
      } else {
        out_ += "\\u00";
        out_ += kHex[octet >> 4U];
        out_ += kHex[octet & 15U];
      }
    }
    out_ += '"';
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace kw::report
