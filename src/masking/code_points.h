#pragma once
// code_points_of reads UTF-8 strictly (RFC 3629): a mask counts characters, never octets; utf8_of writes it again.
//
// PURE; any thread.
#include <optional>
#include <string>
#include <string_view>

namespace kw::masking {

/// Nothing where one octet is part of no well-formed character.
[[nodiscard]] std::optional<std::u32string> code_points_of(std::string_view utf8);
[[nodiscard]] std::string utf8_of(std::u32string_view text);

}  // namespace kw::masking
