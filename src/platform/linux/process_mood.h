#pragma once
// mood_of tells how a process is that does not speak: stopped or frozen by somebody, waiting for the disk, or simply
// not run.
#include <sys/types.h>

namespace kw::platform {

enum class ProcessMood { running, stopped, disk, gone };

/// mood_of reads the state of a process and its threads from /proc. `gone` where it has ended, or cannot be seen.
[[nodiscard]] ProcessMood mood_of(pid_t pid);

}  // namespace kw::platform
