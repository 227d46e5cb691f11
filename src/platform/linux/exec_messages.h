#pragma once
// exec_of reads one message of the kernel's process connector (linux/cn_proc.h): the process that began to run a
// program. listen_message asks for them.
//
// PURE.
#include <optional>

#include "base/bytes.h"

namespace kw::platform {

/// exec_of gives nothing for other happenings and for anything that is no such message.
[[nodiscard]] std::optional<int> exec_of(ByteView datagram);
[[nodiscard]] Bytes listen_message(std::uint32_t pid);

}  // namespace kw::platform
