#pragma once
// spawn starts a program with three given descriptors and nothing else of this process.
//
// The child gets default signal dispositions, an empty signal mask, and an environment of PATH, HOME=/nonexistent and
// LC_ALL=C only, or the one that is given. The caller reaps it. Errors: not_found, not_permitted, io.
#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

/// Both ends of a channel to a child; all ends are close-on-exec, ours is non-blocking.
struct Channel {
  UniqueFd ours, theirs;
};
/// pipe_pair: the child writes, we read.
[[nodiscard]] Result<Channel> pipe_pair();
/// stream_pair: a socket pair, so that writing to a child that has gone raises no signal (MSG_NOSIGNAL).
[[nodiscard]] Result<Channel> stream_pair();
/// packet_pair is stream_pair for messages: one is sent and received whole, or not at all (SOCK_SEQPACKET).
[[nodiscard]] Result<Channel> packet_pair();

/// kPath is the PATH of every child.
inline constexpr std::string_view kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct SpawnOptions {
  std::vector<std::string> environment = {std::string(kPath), "LC_ALL=C", "HOME=/nonexistent"};
  bool session = false;  // one of its own: the child leads a process group that can be ended as a whole
  std::string file = {};  // what is run, where it is not arguments[0]
};

/// spawn returns the child's pid; `standard` are its descriptors 0, 1 and 2.
[[nodiscard]] Result<pid_t> spawn(const std::vector<std::string>& arguments, std::array<int, 3> standard,
                                  const SpawnOptions& options = {});

/// open_pidfd returns a descriptor that is readable once the process has ended, or -1 with errno.
[[nodiscard]] int open_pidfd(pid_t pid);

}  // namespace kw::platform
