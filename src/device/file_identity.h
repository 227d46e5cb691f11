#pragma once
// FileIdentity tells one state of one file: a verdict over its content holds as long as nothing of this changes.
//
// A file that is written through a mapping changes its times once per write-back, and times have the tick of the
// kernel's clock: `settled` files are those whose last change is older than that (kSettle).
#include <compare>
#include <cstdint>

#include "base/time.h"

namespace kw::device {

struct FileIdentity {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

inline constexpr Duration kSettle = std::chrono::milliseconds(50);
/// settled: `now` is UTC, as the file's times are. A file from the future is not settled.
[[nodiscard]] inline bool settled(const FileIdentity& file, Timestamp now) noexcept {
  return file.changed_ns <= now.unix_ns - kSettle.count();
}

}  // namespace kw::device
