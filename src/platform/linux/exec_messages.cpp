#include "platform/linux/exec_messages.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <cstring>

namespace kw::platform {

std::optional<int> exec_of(ByteView datagram) {
  nlmsghdr header{};
  cn_msg message{};
  proc_event event{};
  // Older and newer kernels differ in the length of the union at the end: what an exec needs stands at its beginning.
  constexpr std::size_t kEvent = offsetof(proc_event, event_data) + sizeof(event.event_data.exec);
  if (datagram.size() < NLMSG_HDRLEN + sizeof message + kEvent) return std::nullopt;
  std::memcpy(&header, datagram.data(), sizeof header);
  std::memcpy(&message, datagram.data() + NLMSG_HDRLEN, sizeof message);
  if (header.nlmsg_len < NLMSG_HDRLEN + sizeof message + kEvent || header.nlmsg_type != NLMSG_DONE) return std::nullopt;
  if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC || message.len < kEvent) return std::nullopt;
  std::memcpy(&event, datagram.data() + NLMSG_HDRLEN + sizeof message, kEvent);
  if (static_cast<std::uint32_t>(event.what) != 0x00000002U) return std::nullopt;  // PROC_EVENT_EXEC
  return event.event_data.exec.process_tgid > 0 ? std::optional<int>(event.event_data.exec.process_tgid) : std::nullopt;
}

Bytes listen_message(std::uint32_t pid) {
  constexpr std::uint32_t kListen = PROC_CN_MCAST_LISTEN;
  nlmsghdr header{};
  cn_msg message{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + sizeof message + sizeof kListen);
  header.nlmsg_type = NLMSG_DONE;
  header.nlmsg_pid = pid;
  message.id.idx = CN_IDX_PROC;
  message.id.val = CN_VAL_PROC;
  message.len = sizeof kListen;
  Bytes out(header.nlmsg_len);
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(out.data() + NLMSG_HDRLEN + sizeof message, &kListen, sizeof kListen);
  return out;
}

}  // namespace kw::platform
