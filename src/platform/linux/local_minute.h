#pragma once
// local_minute gives what a clock on this machine's wall shows, in minutes since 1970-01-01 00:00 of its calendar.
//
// The time zone is the machine's own, read again when its file changes. Thread-safe.
#include <cstdint>

#include "base/time.h"

namespace kw::platform {

[[nodiscard]] std::int64_t local_minute(Timestamp at);

}  // namespace kw::platform
