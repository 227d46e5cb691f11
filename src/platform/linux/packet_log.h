#pragma once
// parse_packet_log reads one NFLOG message: which rule, which way, which packet, whose. PURE.
//
// Source: linux/netfilter/nfnetlink_log.h; RFC 791, 8200, 9293, 768. IPv6 extension headers are followed eight deep;
// ports of later fragments are unknown and stay 0. A packet too short for its headers is still told, with what it has.
// Errors: malformed, where the message does not fit its own lengths or carries no packet header.
#include <optional>

#include "base/bytes.h"
#include "device/ports.h"

namespace kw::platform {

struct PacketLog {
  device::PacketLogged packet;  // without interface, process, pid and time
  std::uint32_t interface_index = 0;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> sequence;  // of the group's messages, where the kernel was asked to count
  int family = 0;                         // AF_INET, AF_INET6, or 0 for other packets
  std::uint8_t protocol = 0;
  Bytes source, destination;  // 4 or 16 octets, network order
  std::uint16_t echo_id = 0;  // of ICMP echo requests and replies
};

/// parse_packet_log takes the payload after the nlmsghdr.
[[nodiscard]] Result<PacketLog> parse_packet_log(ByteView payload);

}  // namespace kw::platform
