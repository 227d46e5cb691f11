#pragma once
// Count is a number of candidates, exact below 2^128 and never above it: what would be more stays there.
//
// PURE; any thread.
#include <string>

namespace kw::masking {

__extension__ using Count = unsigned __int128;  // as exact arithmetic needs it: 31^18 has 90 bits
inline constexpr Count kMostCount = ~Count{0};

[[nodiscard]] constexpr Count add(Count a, Count b) noexcept { return a > kMostCount - b ? kMostCount : a + b; }
[[nodiscard]] constexpr Count multiply(Count a, Count b) noexcept {
  return a != 0 && b > kMostCount / a ? kMostCount : a * b;
}
/// text_of_count groups digits: "1,800,000,000"; "2^128" for the most.
[[nodiscard]] std::string text_of_count(Count count);

}  // namespace kw::masking
