#pragma once
// end_process kills a process where it is still the same one: a number may have got a new owner.
//
// `started` is that of started_at(). Errc::not_found, Errc::forbidden (process 1 and this one), Errc::not_permitted.
// Needs CAP_KILL. Thread-safe.
#include <cstdint>

#include "base/result.h"

namespace kw::platform {

[[nodiscard]] Result<> end_process(int pid, std::uint64_t started);
/// process_runs is false for one that has ended, also while its parent has not taken note.
[[nodiscard]] bool process_runs(int pid, std::uint64_t started);

}  // namespace kw::platform
