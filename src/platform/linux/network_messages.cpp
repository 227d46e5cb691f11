#include "platform/linux/network_messages.h"

#include <net/if.h>  // first: linux/if.h then leaves out what both have, also for sources compiled together with this
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "platform/linux/attributes.h"

namespace kw::platform {
namespace {

using Out = std::vector<NetworkMessage>;

Result<> malformed(const char* what) { return fail(Errc::malformed, std::string("rtnetlink ") + what); }

// The kernel's own word comes first; a plain Ethernet device is told apart by its customary name.
std::string kind_of(const std::string& info, unsigned arphrd, const std::string& name) {
  if (!info.empty()) return info;
  if (arphrd == ARPHRD_LOOPBACK) return "loopback";
  if (arphrd == ARPHRD_PPP) return "ppp";
  if (arphrd >= ARPHRD_IEEE80211 && arphrd <= ARPHRD_IEEE80211_RADIOTAP) return "wlan";
  if (arphrd == ARPHRD_NONE || arphrd == ARPHRD_TUNNEL || arphrd == ARPHRD_TUNNEL6) return "tun";
  if (arphrd != ARPHRD_ETHER) return "arphrd-" + std::to_string(arphrd);
  if (name.starts_with("wl")) return "wlan";
  if (name.starts_with("ww")) return "wwan";
  return "ether";
}

Result<> parse_link(const Message& message, Out& out) {
  const auto head = plain<ifinfomsg>(message.payload);
  if (!head) return malformed("link header");
  if (head->ifi_family != AF_UNSPEC) return {};  // a bridge port's view of the same link
  LinkMessage parsed;
  parsed.removed = message.header.nlmsg_type == RTM_DELLINK;
  parsed.link.index = head->ifi_index;
  parsed.link.up = (head->ifi_flags & IFF_UP) != 0;
  std::string info;
  Attributes attributes(message.payload.subspan(sizeof(ifinfomsg)));
  while (const auto a = attributes.next()) {
    if (a->type == IFLA_IFNAME) parsed.link.name = a->text();
    if (a->type == IFLA_ADDRESS) parsed.link.mac = mac_text(a->value);
    if (a->type == IFLA_PERM_ADDRESS) parsed.link.permanent_mac = mac_text(a->value);
    if (a->type == IFLA_LINKINFO) {
      Attributes inner(a->value);
      while (const auto i = inner.next())
        if (i->type == IFLA_INFO_KIND) info = i->text();
      if (!inner.sound()) return malformed("link info");
    }
  }
  if (!attributes.sound() || parsed.link.name.empty()) return malformed("link");
  parsed.link.kind = kind_of(info, head->ifi_type, parsed.link.name);
  out.emplace_back(std::move(parsed));
  return {};
}

Result<> parse_address(const Message& message, Out& out) {
  const auto head = plain<ifaddrmsg>(message.payload);
  if (!head) return malformed("address header");
  AddressMessage parsed;
  parsed.removed = message.header.nlmsg_type == RTM_DELADDR;
  parsed.address.index = static_cast<int>(head->ifa_index);
  parsed.address.link_local = head->ifa_scope == RT_SCOPE_LINK;
  std::string local, peer;
  Attributes attributes(message.payload.subspan(sizeof(ifaddrmsg)));
  while (const auto a = attributes.next()) {
    if (a->type == IFA_LOCAL) local = address_text(a->value);
    if (a->type == IFA_ADDRESS) peer = address_text(a->value);
  }
  const auto& text = local.empty() ? peer : local;  // on point-to-point links IFA_ADDRESS is the other end
  if (!attributes.sound() || text.empty()) return malformed("address");
  parsed.address.address = text + "/" + std::to_string(head->ifa_prefixlen);
  out.emplace_back(std::move(parsed));
  return {};
}

struct Hop {
  int index = 0;
  std::string gateway;
};

Result<std::vector<Hop>> parse_hops(ByteView list) {
  std::vector<Hop> out;
  while (!list.empty()) {
    const auto head = plain<rtnexthop>(list);
    if (!head || head->rtnh_len < sizeof(rtnexthop) || head->rtnh_len > list.size())
      return fail(Errc::malformed, "rtnetlink next hop");
    Hop hop{head->rtnh_ifindex, {}};
    Attributes attributes(list.subspan(sizeof(rtnexthop), head->rtnh_len - sizeof(rtnexthop)));
    while (const auto a = attributes.next()) {
      if (a->type == RTA_GATEWAY) hop.gateway = address_text(a->value);
      if (a->type == RTA_VIA && a->value.size() > 2) hop.gateway = address_text(a->value.subspan(2));
    }
    if (!attributes.sound()) return fail(Errc::malformed, "rtnetlink next hop");
    out.push_back(std::move(hop));
    list = list.subspan(std::min(aligned(head->rtnh_len), list.size()));
  }
  return out;
}

Result<> parse_route(const Message& message, Out& out) {
  const auto head = plain<rtmsg>(message.payload);
  if (!head) return malformed("route header");
  const bool cloned = (head->rtm_flags & RTM_F_CLONED) != 0;
  if (head->rtm_type != RTN_UNICAST || head->rtm_dst_len > 1 || cloned) return {};
  if (head->rtm_family != AF_INET && head->rtm_family != AF_INET6) return {};
  RouteMessage parsed;
  parsed.removed = message.header.nlmsg_type == RTM_DELROUTE;
  parsed.family = head->rtm_family;
  parsed.table = head->rtm_table;
  std::string destination = head->rtm_family == AF_INET ? "0.0.0.0" : "::";
  std::vector<Hop> hops(1);
  Attributes attributes(message.payload.subspan(sizeof(rtmsg)));
  while (const auto a = attributes.next()) {
    if (a->type == RTA_TABLE) parsed.table = a->as<std::uint32_t>().value_or(parsed.table);
    if (a->type == RTA_PRIORITY) parsed.metric = a->as<std::uint32_t>().value_or(0);
    if (a->type == RTA_DST) destination = address_text(a->value);
    if (a->type == RTA_OIF) hops.front().index = a->as<int>().value_or(0);
    if (a->type == RTA_GATEWAY) hops.front().gateway = address_text(a->value);
    if (a->type == RTA_VIA && a->value.size() > 2) hops.front().gateway = address_text(a->value.subspan(2));
    if (a->type == RTA_MULTIPATH) {
      KW_TRY(hops, parse_hops(a->value));
    }
  }
  if (!attributes.sound()) return malformed("route");
  if (parsed.table == RT_TABLE_LOCAL) return {};
  parsed.route.destination = head->rtm_dst_len == 0 ? "default" : destination + "/1";
  for (std::size_t i = 0; i < hops.size(); ++i) {
    parsed.hop = i;
    parsed.index = hops[i].index;
    parsed.route.gateway = hops[i].gateway;
    out.emplace_back(parsed);
  }
  return {};
}

Result<> parse_neighbour(const Message& message, Out& out) {
  const auto head = plain<ndmsg>(message.payload);
  if (!head) return malformed("neighbour header");
  if (head->ndm_family != AF_INET && head->ndm_family != AF_INET6) return {};
  if ((head->ndm_state & NUD_NOARP) != 0 || (head->ndm_flags & NTF_PROXY) != 0) return {};
  NeighbourMessage parsed;
  parsed.removed = message.header.nlmsg_type == RTM_DELNEIGH;
  parsed.index = head->ndm_ifindex;
  parsed.permanent = (head->ndm_state & NUD_PERMANENT) != 0;
  const bool resolved = (head->ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) == 0 && head->ndm_state != NUD_NONE;
  Attributes attributes(message.payload.subspan(sizeof(ndmsg)));
  while (const auto a = attributes.next()) {
    if (a->type == NDA_DST) parsed.neighbour.address = address_text(a->value);
    if (a->type == NDA_LLADDR && resolved) parsed.neighbour.mac = mac_text(a->value);
  }
  if (!attributes.sound() || parsed.neighbour.address.empty()) return malformed("neighbour");
  out.emplace_back(std::move(parsed));
  return {};
}

Result<> parse_one(const Message& message, Out& out) {
  switch (message.header.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return parse_link(message, out);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return parse_address(message, out);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return parse_route(message, out);
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      return parse_neighbour(message, out);
    case NLMSG_DONE:
    case NLMSG_ERROR: {
      const int code = plain<int>(message.payload).value_or(0);
      out.emplace_back(DumpEnd{code < 0 && code > -4096 ? -code : 0, false});
      return {};
    }
    default:
      return {};
  }
}

}  // namespace

Result<std::vector<NetworkMessage>> parse_network_messages(ByteView datagram) {
  Out out;
  Messages messages(datagram);
  bool interrupted = false;
  while (const auto message = messages.next()) {
    interrupted = interrupted || (message->header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    KW_CHECK(parse_one(*message, out));
  }
  if (!messages.sound()) return fail(Errc::malformed, "netlink message length");
  if (interrupted) out.emplace_back(DumpEnd{0, true});
  return out;
}

}  // namespace kw::platform
