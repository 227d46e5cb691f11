#include "export/breakup.h"

#include <algorithm>

namespace kw::exports {

std::size_t batch_size(const Breakup& now, std::size_t profile_batch) noexcept {
  return now.limit == 0 ? profile_batch : std::min<std::size_t>(now.limit, profile_batch);
}

Breakup after_refusal(Breakup now, std::uint64_t records, std::uint64_t open_end) noexcept {
  now.limit = std::max<std::uint64_t>(records / 2, 1);
  now.part_end = std::max(now.part_end, open_end);
  return now;
}

Breakup after_answer(Breakup now, std::size_t profile_batch, std::uint64_t taken, std::uint64_t refused,
                     std::uint64_t cursor) noexcept {
  now.in_a_row = taken > 0 ? 0 : now.in_a_row + refused;
  if (refused > 0) {
    now.limit = now.part_end = 0;
  } else if (now.limit > 0 && cursor >= now.part_end) {
    now.limit *= 2;
    if (now.limit >= profile_batch) now.limit = now.part_end = 0;
  }
  return now;
}

}  // namespace kw::exports
