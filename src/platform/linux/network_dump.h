#pragma once
// dump_network asks the kernel for complete tables (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH), in order.
//
// A dump that another change disturbed is asked again, at most five times; then the last one counts. Blocks.
#include <initializer_list>
#include <vector>

#include "platform/linux/netlink_socket.h"
#include "platform/linux/network_messages.h"

namespace kw::platform {

[[nodiscard]] Result<std::vector<NetworkMessage>> dump_network(NetlinkSocket& socket,
                                                               std::initializer_list<std::uint16_t> types);

}  // namespace kw::platform
