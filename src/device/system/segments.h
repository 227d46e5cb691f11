#pragma once
// parse_segments reads /proc/sysvipc/{shm,sem,msg}: the System V objects of this IPC namespace. PURE.
//
// Columns are found by the names in the first line (sysvipc(7)). Errc::malformed names what is missing or no number,
// Errc::too_large above kMostSegments lines.
#include "device/system/purge.h"

namespace kw::device {

inline constexpr std::size_t kMostSegments = 65'536;
[[nodiscard]] Result<std::vector<Segment>> parse_segments(Segment::Kind kind, std::string_view text);

}  // namespace kw::device
