#include "base/plain_name.h"

#include <algorithm>

namespace kw {

bool has_plain_letters(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace kw
