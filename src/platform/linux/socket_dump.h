#pragma once
// dump_sockets asks the kernel for sockets of one family and protocol in some states (sock_diag(7)); socket_address words
// an address of the answer.
//
// In the network namespace in which `socket` (NETLINK_SOCK_DIAG) was opened.
#include <linux/inet_diag.h>

#include <functional>

#include "platform/linux/netlink_socket.h"

namespace kw::platform {

/// `states`: bits of 1 << TCP_LISTEN and its like.
Result<> dump_sockets(NetlinkSocket& socket, Byte family, Byte protocol, std::uint32_t states,
                      const std::function<void(const inet_diag_msg& seen)>& take);
/// `words` are the kernel's, in network order.
[[nodiscard]] std::string socket_address(int family, const __be32 (&words)[4]);

}  // namespace kw::platform
