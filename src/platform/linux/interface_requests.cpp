#include "platform/linux/interface_requests.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <charconv>

#include "platform/linux/attributes.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::uint16_t kAcknowledged = NLM_F_REQUEST | NLM_F_ACK;

Result<> carry_out(NetlinkSocket& socket, const MessageBuilder& request, std::string_view what) {
  return socket.ask(request.view(), [&](ByteView datagram) -> Result<bool> {
    Messages messages(datagram);
    while (const auto message = messages.next()) {
      if (message->header.nlmsg_type != NLMSG_ERROR) continue;
      const int code = plain<int>(message->payload).value_or(-EIO);
      if (code != 0) return Result<bool>(os_error(-code, what));
      return true;
    }
    return false;
  });
}

void put(MessageBuilder& request, std::uint16_t type, ByteView value) {
  mnl_attr_put(request.header(), type, value.size(), value.data());
}

MessageBuilder link_request(int index, unsigned flags, unsigned change) {
  MessageBuilder out(RTM_NEWLINK, kAcknowledged);
  auto& head = out.extra<ifinfomsg>();
  head.ifi_family = AF_UNSPEC;
  head.ifi_index = index;
  head.ifi_flags = flags;
  head.ifi_change = change;
  return out;
}

Result<> address_request(NetlinkSocket& socket, std::uint16_t type, std::uint16_t flags, int index, const IpAddress& address,
                         std::string_view what) {
  MessageBuilder request(type, static_cast<std::uint16_t>(kAcknowledged | flags));
  auto& head = request.extra<ifaddrmsg>();
  head.ifa_family = static_cast<Byte>(address.family);
  head.ifa_prefixlen = static_cast<Byte>(address.length);
  head.ifa_index = static_cast<unsigned>(index);
  put(request, IFA_LOCAL, address.octets);
  put(request, IFA_ADDRESS, address.octets);
  if (address.family == AF_INET && address.length < 31 && type == RTM_NEWADDR) {
    auto broadcast = address.octets;
    for (unsigned bit = address.length; bit < 32; ++bit) broadcast[bit / 8] |= static_cast<Byte>(0x80U >> (bit % 8));
    put(request, IFA_BROADCAST, broadcast);
  }
  return carry_out(socket, request, what);
}

}  // namespace

Result<IpAddress> parse_ip(std::string_view text) {
  const auto slash = text.find('/');
  const std::string host(text.substr(0, slash));
  IpAddress out;
  out.family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
  out.octets.resize(out.family == AF_INET ? 4 : 16);
  if (::inet_pton(out.family, host.c_str(), out.octets.data()) != 1) return fail(Errc::malformed, "address " + std::string(text));
  out.length = static_cast<unsigned>(out.octets.size()) * 8;
  if (slash == std::string_view::npos) return out;
  const auto digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (problem != std::errc() || end != digits.data() + digits.size() || length > out.length)
    return fail(Errc::malformed, "prefix " + std::string(text));
  out.length = length;
  return out;
}

Result<Bytes> parse_mac(std::string_view text) {
  if (text.size() != 17) return fail(Errc::malformed, "MAC " + std::string(text));
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 != 2) digits.push_back(text[i]);
    else if (text[i] != ':') return fail(Errc::malformed, "MAC " + std::string(text));
  }
  return from_hex(digits);
}

Result<> set_link_up(NetlinkSocket& socket, int index, bool up) {
  return carry_out(socket, link_request(index, up ? unsigned{IFF_UP} : 0U, IFF_UP), up ? "link up" : "link down");
}

Result<> set_link_name(NetlinkSocket& socket, int index, const std::string& name) {
  auto request = link_request(index, 0, 0);
  mnl_attr_put_strz(request.header(), IFLA_IFNAME, name.c_str());
  return carry_out(socket, request, "link name");
}

Result<> set_link_mac(NetlinkSocket& socket, int index, ByteView mac) {
  auto request = link_request(index, 0, 0);
  put(request, IFLA_ADDRESS, mac);
  return carry_out(socket, request, "link MAC");
}

Result<> move_link(NetlinkSocket& socket, int index, int target) {
  auto request = link_request(index, 0, 0);
  mnl_attr_put_u32(request.header(), IFLA_NET_NS_FD, static_cast<std::uint32_t>(target));
  return carry_out(socket, request, "link namespace");
}

Result<> add_address(NetlinkSocket& socket, int index, const IpAddress& address) {
  return address_request(socket, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, address, "address");
}
Result<> remove_address(NetlinkSocket& socket, int index, const IpAddress& address) {
  return address_request(socket, RTM_DELADDR, 0, index, address, "address");
}

Result<> set_default_route(NetlinkSocket& socket, int index, const IpAddress& gateway) {
  MessageBuilder request(RTM_NEWROUTE, kAcknowledged | NLM_F_CREATE | NLM_F_REPLACE);
  auto& head = request.extra<rtmsg>();
  head.rtm_family = static_cast<Byte>(gateway.family);
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_protocol = RTPROT_STATIC;
  head.rtm_scope = RT_SCOPE_UNIVERSE;
  head.rtm_type = RTN_UNICAST;
  put(request, RTA_GATEWAY, gateway.octets);
  mnl_attr_put_u32(request.header(), RTA_OIF, static_cast<std::uint32_t>(index));
  return carry_out(socket, request, "default route");
}

Result<> remove_route(NetlinkSocket& socket, const IpAddress& destination, const IpAddress* gateway, int index) {
  MessageBuilder request(RTM_DELROUTE, kAcknowledged);
  auto& head = request.extra<rtmsg>();
  head.rtm_family = static_cast<Byte>(destination.family);
  head.rtm_dst_len = static_cast<Byte>(destination.length);
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_scope = RT_SCOPE_NOWHERE;
  if (destination.length != 0) put(request, RTA_DST, destination.octets);
  if (gateway != nullptr) put(request, RTA_GATEWAY, gateway->octets);
  if (index != 0) mnl_attr_put_u32(request.header(), RTA_OIF, static_cast<std::uint32_t>(index));
  return carry_out(socket, request, "route");
}

Result<> pin_neighbour(NetlinkSocket& socket, int index, const IpAddress& address, ByteView mac) {
  MessageBuilder request(RTM_NEWNEIGH, kAcknowledged | NLM_F_CREATE | NLM_F_REPLACE);
  auto& head = request.extra<ndmsg>();
  head.ndm_family = static_cast<Byte>(address.family);
  head.ndm_ifindex = index;
  head.ndm_state = NUD_PERMANENT;
  put(request, NDA_DST, address.octets);
  put(request, NDA_LLADDR, mac);
  return carry_out(socket, request, "neighbour");
}

}  // namespace kw::platform
