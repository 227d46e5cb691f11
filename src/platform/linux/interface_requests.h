#pragma once
// Requests that change links, addresses, routes and neighbours: one rtnetlink message each, acknowledged by the kernel.
//
// Every function blocks for the answer (one second at most). Errors are the kernel's, with the request's word in the
// detail. Source: rtnetlink(7).
#include <string>

#include "platform/linux/netlink_socket.h"

namespace kw::platform {

/// IpAddress is an address with its prefix length, in the kernel's form.
struct IpAddress {
  int family = 0;
  Bytes octets;
  unsigned length = 0;
};
/// parse_ip takes "198.18.10.10/24" or, without a length, the family's whole length.
[[nodiscard]] Result<IpAddress> parse_ip(std::string_view text);
[[nodiscard]] Result<Bytes> parse_mac(std::string_view text);

Result<> set_link_up(NetlinkSocket& socket, int index, bool up);
Result<> set_link_name(NetlinkSocket& socket, int index, const std::string& name);
Result<> set_link_mac(NetlinkSocket& socket, int index, ByteView mac);
/// move_link puts a link of the socket's namespace into the one that `target` (a /proc/…/ns/net descriptor) names.
Result<> move_link(NetlinkSocket& socket, int index, int target);
Result<> add_address(NetlinkSocket& socket, int index, const IpAddress& address);
Result<> remove_address(NetlinkSocket& socket, int index, const IpAddress& address);
Result<> set_default_route(NetlinkSocket& socket, int index, const IpAddress& gateway);
/// remove_route removes a default route, or half of one, of the main table; `index` 0 matches any interface.
Result<> remove_route(NetlinkSocket& socket, const IpAddress& destination, const IpAddress* gateway, int index);
Result<> pin_neighbour(NetlinkSocket& socket, int index, const IpAddress& address, ByteView mac);

}  // namespace kw::platform
