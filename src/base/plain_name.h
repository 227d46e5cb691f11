#pragma once
// has_plain_letters says whether a text is of a-z, 0-9 and - alone: what may stand in a file's name, an address and a
// sentence as it is.
//
// It bounds no length and takes an empty text: who asks has limits of their own. PURE; any thread.
#include <string_view>

namespace kw {

[[nodiscard]] bool has_plain_letters(std::string_view text) noexcept;

}  // namespace kw
