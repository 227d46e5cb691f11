#include "platform/linux/socket_dump.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cerrno>

#include "platform/linux/attributes.h"
#include "platform/linux/os_error.h"

namespace kw::platform {

Result<> dump_sockets(NetlinkSocket& socket, Byte family, Byte protocol, std::uint32_t states,
                      const std::function<void(const inet_diag_msg& seen)>& take) {
  MessageBuilder request(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP);
  auto& body = request.extra<inet_diag_req_v2>();
  body.sdiag_family = family;
  body.sdiag_protocol = protocol;
  body.idiag_states = states;
  return socket.ask(request.view(), [&](ByteView datagram) -> Result<bool> {
    Messages messages(datagram);
    while (const auto message = messages.next()) {
      if (message->header.nlmsg_type == NLMSG_DONE) return true;
      if (message->header.nlmsg_type == NLMSG_ERROR)
        return Result<bool>(os_error(-plain<int>(message->payload).value_or(-EIO), "sock_diag dump"));
      const auto seen = plain<inet_diag_msg>(message->payload);
      if (message->header.nlmsg_type == SOCK_DIAG_BY_FAMILY && seen) take(*seen);
    }
    return false;
  });
}

std::string socket_address(int family, const __be32 (&words)[4]) {
  return address_text({reinterpret_cast<const Byte*>(words), family == AF_INET ? std::size_t{4} : std::size_t{16}});
}

}  // namespace kw::platform
