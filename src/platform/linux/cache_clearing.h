#pragma once
// clear_cache removes what users left below a place, and nothing else.
//
// The place is opened by openat2(2) beneath the root without any symbolic link on the way; a name "*" in it stands for
// each directory there (at most 256). Below it every directory is opened by descriptor without following links, links
// are removed and never followed, other file systems are not entered, sockets, pipes and devices stay. What changed
// since `keep` (mtime or ctime: a set-back mtime hides nothing) stays. At most kMostCleared entries and kDeepest levels
// a run. Blocks for as long as that takes. With `owner` what belongs to others stays, too.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "device/system/system.h"

namespace kw::platform {

inline constexpr std::uint64_t kMostCleared = 100'000;
inline constexpr int kDeepest = 32;

struct ClearRequest {
  std::string root = "/";
  std::string path;  // absolute, below root
  Timestamp keep;
  bool trial = false;  // counts, removes nothing
  std::optional<std::uint32_t> owner{};
  std::vector<std::string> spare{};  // paths that stay, and what begins with them
  bool empty_first = false;          // files lose their content before their name: nobody who has one open keeps it
};
/// Errc::invalid: a path with "." or "..", or without a name. A place that is not there holds nothing.
/// Errc::not_permitted: a symbolic link is on the way. Errc::unsupported: a kernel before 5.6.
[[nodiscard]] Result<device::Cleared> clear_cache(const ClearRequest& request, const std::function<bool()>& stop);

}  // namespace kw::platform
