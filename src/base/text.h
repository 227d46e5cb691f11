#pragma once
// clean_text makes text of whatever octets come: bounded, well-formed UTF-8 (RFC 3629); utf8_length looks at one
// character.
//
// Protobuf's strings, JSON and the console take nothing else, and one bad octet in a stored message makes it
// unreadable. lower is for words that ignore case.
#include <string>
#include <string_view>

namespace kw {

/// utf8_length is the size of the well-formed character at the beginning, 1 to 4; 0 where there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
/// clean_text gives at most `most` octets, cut between characters; an octet that is part of no character becomes '?'.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t most);
/// lower makes ASCII's capitals small: of MAC addresses, words of settings, names in schemas.
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace kw
