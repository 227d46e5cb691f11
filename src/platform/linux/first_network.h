#pragma once
// in_first_network makes a socket in the machine's first network namespace, that of the kernel's own threads: only
// there does the kernel tell of processes and of audit, and an agent may live in another. A socket stays where it was
// made.
//
// Runs `make` on a thread of its own where that namespace is another (CAP_SYS_ADMIN, CAP_SYS_PTRACE). Where no thread
// of the kernel is to be seen (a container) it runs here. Thread-safe.
#include <functional>

#include "base/result.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

[[nodiscard]] Result<UniqueFd> in_first_network(const std::function<Result<UniqueFd>()>& make);

}  // namespace kw::platform
