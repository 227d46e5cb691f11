#pragma once
// actor_of, program_path and program_look tell of a process what /proc shows, without opening anything outside /proc
// and without taking the process's memory lock: a thread that the kernel waits for may call them.
#include <optional>

#include "device/actor.h"
#include "platform/linux/file_digests.h"

namespace kw::platform {

[[nodiscard]] device::Actor actor_of(int pid);
/// program_path is the link /proc/PID/exe; empty for kernel threads and for what has gone.
[[nodiscard]] std::string program_path(int pid);
[[nodiscard]] std::optional<FileLook> program_look(int pid);
/// started_at: clock ticks since boot, 0 where the process has gone. With the pid it names one process.
[[nodiscard]] std::uint64_t started_at(int pid);
/// stat_field is a number of proc_pid_stat(5) by its place there, 3 at least; 0 where it is none.
[[nodiscard]] std::uint64_t stat_field(std::string_view stat, int field);
/// all_processes lists the pids that are to be seen from here.
[[nodiscard]] std::vector<int> all_processes();
/// path_of_descriptor is the link /proc/self/fd/FD.
[[nodiscard]] std::string path_of_descriptor(int fd);

}  // namespace kw::platform
