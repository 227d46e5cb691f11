#pragma once
// SocketOwners finds the process behind a packet of this machine: socket by tuple, then process by open descriptor.
//
// TCP and UDP sockets come from sock_diag: first the exact tuple, then all sockets of that protocol with the packet's
// local port and user. ICMP sockets are in /proc/thread-self/net/{icmp,icmp6,raw,raw6}. The owner of an inode is
// searched in /proc/*/fd among processes of the packet's user, those found last first, then the newest. Every search
// has a deadline; inodes are cached. Best effort: a process that has closed its socket already is not found.
// One thread at a time.
#include <deque>
#include <map>

#include "base/time.h"
#include "platform/linux/netlink_socket.h"
#include "platform/linux/packet_log.h"

namespace kw::platform {

struct Owner {
  int pid = 0;
  std::string command;
};

class SocketOwners {
 public:
  /// open: without sock_diag in the kernel the error is unsupported.
  static Result<SocketOwners> open();
  /// find returns an empty owner where there is none to be found before `until` (steady time).
  Owner find(const PacketLog& packet, std::chrono::steady_clock::time_point until);

 private:
  explicit SocketOwners(NetlinkSocket socket) : socket_(std::move(socket)) {}
  std::uint64_t inode_of(const PacketLog& packet);
  std::uint64_t ask(const PacketLog& packet, bool exact);
  Owner holder_of(std::uint64_t inode, const PacketLog& packet, std::chrono::steady_clock::time_point until);

  NetlinkSocket socket_;
  std::map<std::uint64_t, Owner> known_;
  std::deque<int> recent_;  // pids found lately, newest first
};

}  // namespace kw::platform
