#pragma once
// parse_mounts reads /proc/PID/mountinfo (proc_pid_mountinfo(5)); guarding_of says which file systems to guard.
//
// PURE.
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::device {

struct Mount {
  std::uint64_t device = 0;  // as stat(2) gives it, made of major and minor
  std::string point, type, source;
  friend bool operator==(const Mount&, const Mount&) = default;
};

/// parse_mounts: Errc::malformed names the line; Errc::too_large above kMostMounts lines.
inline constexpr std::size_t kMostMounts = 10'000;
[[nodiscard]] Result<std::vector<Mount>> parse_mounts(std::string_view text);

enum class Guarding {
  none,  // the kernel's own views (proc, sysfs, cgroup, ...), which hold no programs; and remote ones
  runs,  // only what is run is asked about: device nodes, which are opened all the time
  all,
};
/// is_remote: a file system whose answers come from elsewhere (network, FUSE). Whoever answers there could keep the
/// gate waiting, so nothing is asked about it: what runs from it counts as unknown.
[[nodiscard]] bool is_remote(std::string_view type);
[[nodiscard]] Guarding guarding_of(const Mount& mount);

}  // namespace kw::device
