#pragma once
// is_utf8 tells whether all of a text is well-formed UTF-8 (RFC 3629). PURE; any thread.
#include "base/text.h"

namespace kw {

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace kw
