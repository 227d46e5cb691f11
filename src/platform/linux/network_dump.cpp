#include "platform/linux/network_dump.h"

#include <linux/rtnetlink.h>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr int kMostTries = 5;

// One dump, appended to `out`; false where it was disturbed and has to be repeated.
Result<bool> dump_once(NetlinkSocket& socket, std::uint16_t type, std::vector<NetworkMessage>& out) {
  MessageBuilder request(type, NLM_F_REQUEST | NLM_F_DUMP);
  switch (type) {
    case RTM_GETLINK:
      request.extra<ifinfomsg>();
      break;
    case RTM_GETADDR:
      request.extra<ifaddrmsg>();
      break;
    case RTM_GETROUTE:
      request.extra<rtmsg>();
      break;
    default:
      request.extra<ndmsg>();
      break;
  }
  bool interrupted = false;
  KW_CHECK(socket.ask(request.view(), [&](ByteView datagram) -> Result<bool> {
    KW_TRY(auto messages, parse_network_messages(datagram));
    bool last = false;
    for (auto& message : messages) {
      const auto* end = std::get_if<DumpEnd>(&message);
      if (end == nullptr) {
        out.push_back(std::move(message));
        continue;
      }
      if (end->error != 0) return Result<bool>(os_error(end->error, "rtnetlink dump"));
      interrupted = interrupted || end->interrupted;
      last = last || !end->interrupted;
    }
    return last;
  }));
  return !interrupted;
}

}  // namespace

Result<std::vector<NetworkMessage>> dump_network(NetlinkSocket& socket, std::initializer_list<std::uint16_t> types) {
  std::vector<NetworkMessage> out;
  for (const auto type : types) {
    bool whole = false;
    for (int i = 0; i < kMostTries && !whole; ++i) {
      std::vector<NetworkMessage> part;
      KW_TRY(whole, dump_once(socket, type, part));
      if (whole || i + 1 == kMostTries) out.insert(out.end(), part.begin(), part.end());
    }
  }
  return out;
}

}  // namespace kw::platform
