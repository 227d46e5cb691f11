#pragma once
// bind_nflog_group makes a netfilter netlink socket the listener of one NFLOG group; closing the socket ends it.
//
// Copies 192 octets of each packet, numbers the messages, and flushes each at once.
// Errors: already_exists (another listener has the group), not_permitted, unsupported, timeout, io.
#include "platform/linux/netlink_socket.h"

namespace kw::platform {

Result<> bind_nflog_group(NetlinkSocket& socket, std::uint16_t group);

}  // namespace kw::platform
