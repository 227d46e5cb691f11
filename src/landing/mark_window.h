#pragma once
// mark_in_window says whether a 密 in some octets is part of a secrecy marking, and where that begins and ends.
//
// Internal to src/landing. PURE; any thread.
#include <optional>

#include "base/bytes.h"

namespace kw::landing {

struct MarkPlace {
  std::size_t from = 0, size = 0;
};
/// `last` is the place of the last octet of what may be 密, in UTF-8, GB18030 or UTF-16.
[[nodiscard]] std::optional<MarkPlace> mark_in_window(ByteView window, std::size_t last);

}  // namespace kw::landing
