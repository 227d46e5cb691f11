#include "platform/linux/nflog_group.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include <cerrno>
#include <sstream>

#include "platform/linux/attributes.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::uint32_t kCopied = 192;

// The kernel answers EPERM both for a missing privilege and for a group that another socket has; its list tells which.
bool has_listener(std::uint16_t group) {
  const auto octets = read_file("/proc/thread-self/net/netfilter/nfnetlink_log", std::size_t{1} << 20);
  if (!octets) return false;
  std::istringstream lines(copy_text(*octets));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    unsigned listed = 0;
    if (words >> listed && listed == group) return true;
  }
  return false;
}

Result<> configure(NetlinkSocket& socket, std::uint16_t group, const std::function<void(nlmsghdr*)>& put) {
  MessageBuilder request(NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, NLM_F_REQUEST | NLM_F_ACK);
  auto& head = request.extra<nfgenmsg>();
  head.nfgen_family = AF_UNSPEC;
  head.version = NFNETLINK_V0;
  head.res_id = htons(group);
  put(request.header());
  return socket.ask(request.view(), [&](ByteView datagram) -> Result<bool> {
    Messages messages(datagram);
    while (const auto message = messages.next()) {
      if (message->header.nlmsg_type != NLMSG_ERROR) continue;  // a packet that was quicker than the answer
      const int error = -plain<int>(message->payload).value_or(-EBADMSG);
      if (error == 0) return true;
      const auto what = "nflog group " + std::to_string(group);
      if (error == EBUSY || (error == EPERM && has_listener(group)))
        return fail(Errc::already_exists, what + " has a listener already");
      return Result<bool>(os_error(error, what));
    }
    return false;
  });
}

}  // namespace

Result<> bind_nflog_group(NetlinkSocket& socket, std::uint16_t group) {
  KW_CHECK(configure(socket, group, [](nlmsghdr* message) {
    const nfulnl_msg_config_cmd command{NFULNL_CFG_CMD_BIND};
    mnl_attr_put(message, NFULA_CFG_CMD, sizeof command, &command);
  }));
  return configure(socket, group, [](nlmsghdr* message) {
    nfulnl_msg_config_mode mode{};
    mode.copy_range = htonl(kCopied);
    mode.copy_mode = NFULNL_COPY_PACKET;
    mnl_attr_put(message, NFULA_CFG_MODE, sizeof mode, &mode);
    mnl_attr_put_u32(message, NFULA_CFG_QTHRESH, htonl(1));
    mnl_attr_put_u16(message, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
  });
}

}  // namespace kw::platform
