#pragma once
// encode_text turns UTF-8 into a receiver's character set; decode_text is the way back (iconv of the C library).
//
// GB18030 holds every character of Unicode and every octet sequence of GBK and GB2312. PURE and thread-safe.
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kw::exports {

enum class Charset : std::uint8_t { utf8, gb18030, gbk };
/// name is the word for XML declarations and media types: "UTF-8", "GB18030", "GBK".
[[nodiscard]] std::string_view name(Charset charset) noexcept;
/// parse_charset ignores case, and takes "GB2312" for GBK, which contains it.
[[nodiscard]] std::optional<Charset> parse_charset(std::string_view word) noexcept;

/// encode_text: what the set does not have becomes '?' (GBK alone: the other two have everything). Octets that are not
/// UTF-8 are replaced first.
Result<std::string> encode_text(std::string_view utf8, Charset charset);
/// decode_text: Errc::malformed for octets that mean nothing in the set.
Result<std::string> decode_text(ByteView octets, Charset charset);

}  // namespace kw::exports
