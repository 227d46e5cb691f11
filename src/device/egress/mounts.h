#pragma once
// judge_mount says whether data could leave the kiosk by a file system that is mounted (clauses 9.7-b, 9.7-e).
//
//   kind = judge_mount(mount, port.removable(mount), tolerated);   empty: no way out
//
// Removable media, files mounted by a loop device, FUSE and network file systems are ways out. The root and what the
// kernel itself shows are not. PURE.
#include <functional>
#include <span>
#include <string>

#include "device/programs/mounts.h"

namespace kw::device {

/// "removable", "loop", "fuse", "network", or empty.
[[nodiscard]] std::string judge_mount(const Mount& mount, bool removable, std::span<const std::string> tolerated);

}  // namespace kw::device
