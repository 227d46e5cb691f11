#include "platform/linux/tcp_listeners.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "platform/linux/socket_dump.h"

namespace kw::platform {
namespace {
constexpr std::size_t kMostListeners = 4096;
}

Result<std::vector<device::ListenerSeen>> tcp_listeners() {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_SOCK_DIAG, 0));
  std::vector<device::ListenerSeen> out;
  for (const int family : {AF_INET, AF_INET6}) {
    KW_CHECK(dump_sockets(socket, static_cast<Byte>(family), IPPROTO_TCP, 1U << TCP_LISTEN, [&](const inet_diag_msg& seen) {
      auto address = socket_address(family, seen.id.idiag_src);
      if (!device::is_loopback(address) && out.size() < kMostListeners)
        out.push_back({"tcp", std::move(address), ntohs(seen.id.idiag_sport), seen.idiag_inode, {}});
    }));
  }
  return out;
}

}  // namespace kw::platform
