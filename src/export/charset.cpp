#include "export/charset.h"

#include <iconv.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace kw::exports {
namespace {

constexpr std::array<std::string_view, 3> kCharsets{"UTF-8", "GB18030", "GBK"};

class Converter {
 public:
  Converter(const char* to, const char* from) : handle_(::iconv_open(to, from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (good()) ::iconv_close(handle_);
  }
  [[nodiscard]] bool good() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  /// run converts everything; with `lenient`, a character without a place becomes '?'.
  Result<std::string> run(std::string_view in, bool lenient) {
    std::string out, text(in);
    char* from = text.data();
    std::size_t left = text.size();
    while (left > 0) {
      std::array<char, 4096> block{};
      char* to = block.data();
      std::size_t room = block.size();
      const auto done = ::iconv(handle_, &from, &left, &to, &room);
      const int error = errno;
      out.append(block.data(), block.size() - room);
      if (done != static_cast<std::size_t>(-1) || error == E2BIG) continue;
      if (!lenient || error != EILSEQ) return fail(Errc::malformed, "text in another character set");
      const auto step = std::max<std::size_t>(1, utf8_length({from, left}));
      from += step;
      left -= step;
      out += '?';
    }
    return out;
  }

 private:
  iconv_t handle_;
};

Result<std::string> convert(std::string_view in, const char* to, const char* from, bool lenient) {
  Converter converter(to, from);
  if (!converter.good()) return fail(Errc::unsupported, "this system has no " + std::string(to) + " tables");
  return converter.run(in, lenient);
}

}  // namespace

std::string_view name(Charset charset) noexcept { return kCharsets.at(static_cast<std::size_t>(charset)); }

std::optional<Charset> parse_charset(std::string_view word) noexcept {
  const auto small = lower(word);
  if (small == "utf-8" || small == "utf8") return Charset::utf8;
  if (small == "gb18030") return Charset::gb18030;
  if (small == "gbk" || small == "gb2312") return Charset::gbk;
  return std::nullopt;
}

Result<std::string> encode_text(std::string_view utf8, Charset charset) {
  auto clean = clean_text(utf8, utf8.size());
  if (charset == Charset::utf8) return clean;
  return convert(clean, name(charset).data(), "UTF-8", true);
}

Result<std::string> decode_text(ByteView octets, Charset charset) {
  const auto text = text_of(octets);
  if (charset == Charset::utf8) {
    if (clean_text(text, text.size()) != text) return fail(Errc::malformed, "not UTF-8");
    return std::string(text);
  }
  return convert(text, "UTF-8", name(charset).data(), false);
}

}  // namespace kw::exports
