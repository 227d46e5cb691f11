#include "device/egress/mounts.h"

#include <algorithm>

namespace kw::device {

std::string judge_mount(const Mount& mount, bool removable, std::span<const std::string> tolerated) {
  if (mount.point == "/" || std::ranges::find(tolerated, mount.point) != tolerated.end()) return {};
  if (mount.type == "fusectl") return {};  // the kernel's own switchboard of FUSE
  if (mount.type.starts_with("fuse")) return "fuse";
  if (is_remote(mount.type)) return "network";
  if (mount.source.starts_with("/dev/loop")) return "loop";
  return removable ? "removable" : std::string();
}

}  // namespace kw::device
