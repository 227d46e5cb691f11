#pragma once
// parse_network_messages turns rtnetlink octets into links, addresses, default routes and neighbours. PURE.
//
// Messages about other things (bridge tables, multicast routes, local routes, neighbours without ARP) are passed over;
// a message that does not fit its own lengths makes the whole buffer Errc::malformed.
// Source: linux/rtnetlink.h, linux/if_link.h, rtnetlink(7).
#include <variant>

#include "base/bytes.h"
#include "device/ports.h"

namespace kw::platform {

struct LinkMessage {
  bool removed = false;
  device::LinkObserved link;
};
struct AddressMessage {
  bool removed = false;
  device::AddressObserved address;  // without the interface's name
};
struct RouteMessage {
  bool removed = false;
  std::uint32_t table = 0, metric = 0;
  int family = 0;
  int index = 0;                // of the outgoing interface
  std::size_t hop = 0;          // position among several next hops
  device::RouteObserved route;  // without the interface's name
};
struct NeighbourMessage {
  bool removed = false;
  int index = 0;
  bool permanent = false;
  device::NeighbourObserved neighbour;  // without the interface's name
};
/// The end of a dump; error is an errno value, 0 for success. interrupted: the dump is not consistent, ask again.
struct DumpEnd {
  int error = 0;
  bool interrupted = false;
};
using NetworkMessage = std::variant<LinkMessage, AddressMessage, RouteMessage, NeighbourMessage, DumpEnd>;

[[nodiscard]] Result<std::vector<NetworkMessage>> parse_network_messages(ByteView datagram);

}  // namespace kw::platform
