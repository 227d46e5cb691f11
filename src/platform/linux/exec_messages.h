#pragma once
// process_message_of reads one message of the kernel's process connector (linux/cn_proc.h); exec_of only takes a
// process that began to run a program. listen_message asks for them, process_filter has the kernel leave out threads
// and what nobody here asks about.
//
// PURE.
#include <linux/filter.h>

#include <array>
#include <optional>

#include "base/bytes.h"

namespace kw::platform {

/// `pid` is the process, not the thread that did it.
struct ProcessMessage {
  enum class What { forked, ran, user, traced, ended };
  What what = What::forked;
  int pid = 0;
  int other = 0;                    // forked: the child; traced: the tracer, 0 where it lets go
  std::uint32_t uid = 0, euid = 0;  // user
};
[[nodiscard]] std::optional<ProcessMessage> process_message_of(ByteView datagram);
/// exec_of gives nothing for other happenings and for anything that is no such message.
[[nodiscard]] std::optional<int> exec_of(ByteView datagram);
[[nodiscard]] Bytes listen_message(std::uint32_t pid);
/// process_filter is a program for SO_ATTACH_FILTER.
[[nodiscard]] std::array<sock_filter, 16> process_filter();

}  // namespace kw::platform
