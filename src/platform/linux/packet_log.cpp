#include "platform/linux/packet_log.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netinet/in.h>

#include "base/reader.h"
#include "platform/linux/attributes.h"

namespace kw::platform {
namespace {

constexpr int kMostExtensions = 8;

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
      return "tcp";
    case IPPROTO_UDP:
      return "udp";
    case IPPROTO_ICMP:
      return "icmp";
    case IPPROTO_ICMPV6:
      return "icmpv6";
    default:
      return std::to_string(protocol);
  }
}

// Ports, or the identifier of an echo; a transport header that is cut off leaves them 0.
void read_transport(ByteView in, PacketLog& out) {
  Reader r(in);
  const auto first = r.u16(), second = r.u16(), third = r.u16();
  switch (out.protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
      if (!first || !second) return;
      out.packet.source_port = *first;
      out.packet.destination_port = *second;
      return;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: {
      if (!first || !third) return;
      const auto type = *first >> 8;
      if (type == 8 || type == 0 || type == 128 || type == 129) out.echo_id = *third;
      return;
    }
    default:
      return;
  }
}

void read_ipv4(ByteView in, PacketLog& out) {
  if (in.size() < 20 || in[0] >> 4 != 4) return;
  const std::size_t header = std::size_t{in[0]} % 16 * 4;
  out.family = AF_INET;
  out.protocol = in[9];
  out.source = copy(in.subspan(12, 4));
  out.destination = copy(in.subspan(16, 4));
  const bool later_fragment = (in[6] & 0x1f) != 0 || in[7] != 0;
  if (header >= 20 && header <= in.size() && !later_fragment) read_transport(in.subspan(header), out);
}

void read_ipv6(ByteView in, PacketLog& out) {
  if (in.size() < 40 || in[0] >> 4 != 6) return;
  out.family = AF_INET6;
  out.source = copy(in.subspan(8, 16));
  out.destination = copy(in.subspan(24, 16));
  out.protocol = in[6];
  in = in.subspan(40);
  for (int i = 0; i < kMostExtensions; ++i) {
    const bool fragment = out.protocol == IPPROTO_FRAGMENT;
    const bool options =
        out.protocol == IPPROTO_HOPOPTS || out.protocol == IPPROTO_ROUTING || out.protocol == IPPROTO_DSTOPTS;
    if (!fragment && !options) return read_transport(in, out);
    if (in.size() < 8) return;
    const std::size_t length = fragment ? 8 : (std::size_t{in[1]} + 1) * 8;
    const bool later_fragment = fragment && (in[2] != 0 || (in[3] & 0xf8) != 0);
    out.protocol = in[0];
    if (later_fragment || length > in.size()) return;
    in = in.subspan(length);
  }
}

}  // namespace

Result<PacketLog> parse_packet_log(ByteView payload) {
  const auto head = plain<nfgenmsg>(payload);
  if (!head) return fail(Errc::malformed, "nflog message");
  PacketLog out;
  std::optional<nfulnl_msg_packet_hdr> packet;
  std::uint32_t in_device = 0, out_device = 0;
  ByteView octets;
  Attributes attributes(payload.subspan(std::min(payload.size(), aligned(sizeof(nfgenmsg)))));
  while (const auto a = attributes.next()) {
    const auto number = a->as<std::uint32_t>();
    switch (a->type) {
      case NFULA_PACKET_HDR:
        packet = a->as<nfulnl_msg_packet_hdr>();
        break;
      case NFULA_IFINDEX_INDEV:
        in_device = ntohl(number.value_or(0));
        break;
      case NFULA_IFINDEX_OUTDEV:
        out_device = ntohl(number.value_or(0));
        break;
      case NFULA_PAYLOAD:
        octets = a->value;
        break;
      case NFULA_PREFIX:
        out.packet.tag = a->text();
        break;
      case NFULA_UID:
        if (number) out.uid = ntohl(*number);
        break;
      case NFULA_SEQ:
        if (number) out.sequence = ntohl(*number);
        break;
      default:
        break;
    }
  }
  if (!attributes.sound() || !packet) return fail(Errc::malformed, "nflog message");
  out.packet.outbound = packet->hook != NF_INET_LOCAL_IN && packet->hook != NF_INET_PRE_ROUTING && out_device != 0;
  out.interface_index = out.packet.outbound ? out_device : in_device;
  const auto ether_type = ntohs(packet->hw_protocol);
  const unsigned version = octets.empty() ? 0 : octets[0] >> 4;
  if (ether_type == 0x0800 || (ether_type == 0 && version == 4)) read_ipv4(octets, out);
  if (ether_type == 0x86dd || (ether_type == 0 && version == 6)) read_ipv6(octets, out);
  if (out.family != 0) out.packet.protocol = protocol_name(out.protocol);
  out.packet.source = address_text(out.source);
  out.packet.destination = address_text(out.destination);
  if (out.uid) out.packet.user = std::to_string(*out.uid);
  return out;
}

}  // namespace kw::platform
