#include "platform/linux/tcp_listeners.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

#include "platform/linux/attributes.h"
#include "platform/linux/netlink_socket.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {
constexpr std::size_t kMostListeners = 4096;
}

Result<std::vector<device::ListenerSeen>> tcp_listeners() {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_SOCK_DIAG, 0));
  std::vector<device::ListenerSeen> out;
  for (const int family : {AF_INET, AF_INET6}) {
    MessageBuilder request(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP);
    auto& body = request.extra<inet_diag_req_v2>();
    body.sdiag_family = static_cast<Byte>(family);
    body.sdiag_protocol = IPPROTO_TCP;
    body.idiag_states = 1U << TCP_LISTEN;
    KW_CHECK(socket.ask(request.view(), [&](ByteView datagram) -> Result<bool> {
      Messages messages(datagram);
      while (const auto message = messages.next()) {
        if (message->header.nlmsg_type == NLMSG_DONE) return true;
        if (message->header.nlmsg_type == NLMSG_ERROR)
          return Result<bool>(os_error(-plain<int>(message->payload).value_or(-EIO), "sock_diag dump"));
        const auto seen = plain<inet_diag_msg>(message->payload);
        if (message->header.nlmsg_type != SOCK_DIAG_BY_FAMILY || !seen) continue;
        const auto* octets = reinterpret_cast<const Byte*>(seen->id.idiag_src);  // in network order
        auto address = address_text({octets, family == AF_INET ? std::size_t{4} : std::size_t{16}});
        if (!device::is_loopback(address) && out.size() < kMostListeners)
          out.push_back({"tcp", std::move(address), ntohs(seen->id.idiag_sport), seen->idiag_inode, {}});
      }
      return false;
    }));
  }
  return out;
}

}  // namespace kw::platform
