#pragma once
// minute_of_day takes "00:00" to "23:59"; Errc::malformed. PURE.
#include <string_view>

#include "base/result.h"

namespace kw {

[[nodiscard]] inline Result<int> minute_of_day(std::string_view text) {
  const auto digits = [&](std::size_t at) {
    const int tens = text[at] - '0', ones = text[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? 99 : tens * 10 + ones;
  };
  if (text.size() != 5 || text[2] != ':' || digits(0) > 23 || digits(3) > 59)
    return fail(Errc::malformed, "not a time of day");
  return digits(0) * 60 + digits(3);
}

}  // namespace kw
