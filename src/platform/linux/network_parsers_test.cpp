// The pure parsers and NetworkState, on hand-made octets: no privilege and no kernel needed.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_arp.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/rtnetlink.h>

#include "platform/linux/attributes.h"
#include "platform/linux/network_state.h"
#include "platform/linux/packet_log.h"
#include "platform/linux/ruleset_messages.h"

namespace kw::platform {
namespace {

template <class T>
ByteView raw(const T& value) {
  return {reinterpret_cast<const Byte*>(&value), sizeof value};
}
Bytes attribute(std::uint16_t type, ByteView value) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type};
  Bytes out = copy(raw(header));
  append(out, value);
  out.resize(aligned(out.size()));
  return out;
}
Bytes message(std::uint16_t type, ByteView head, std::initializer_list<Bytes> attributes, std::uint16_t flags = 0) {
  Bytes out(sizeof(nlmsghdr));
  append(out, head);
  out.resize(aligned(out.size()));
  for (const auto& a : attributes) append(out, a);
  const nlmsghdr header{static_cast<std::uint32_t>(out.size()), type, flags, 0, 0};
  std::copy_n(raw(header).begin(), sizeof header, out.begin());
  return out;
}
Bytes link(int index, const std::string& name, std::uint16_t type = RTM_NEWLINK) {
  ifinfomsg head{};
  head.ifi_type = ARPHRD_ETHER;
  head.ifi_index = index;
  return message(type, raw(head), {attribute(IFLA_IFNAME, bytes_of(name))});
}
Bytes default_route(const std::string& gateway, int index) {
  rtmsg head{};
  head.rtm_family = AF_INET;
  head.rtm_type = RTN_UNICAST;
  head.rtm_table = RT_TABLE_MAIN;
  in_addr address{};
  EXPECT_EQ(::inet_pton(AF_INET, gateway.c_str(), &address), 1);
  return message(RTM_NEWROUTE, raw(head), {attribute(RTA_GATEWAY, raw(address)), attribute(RTA_OIF, raw(index))});
}
std::vector<NetworkMessage> parsed(const Bytes& octets) { return parse_network_messages(octets).value(); }

TEST(NetworkMessages, EveryTruncationIsRefusedOrEmpty) {
  const auto whole = link(3, "eth0");
  for (std::size_t n = 1; n < whole.size(); ++n) {
    EXPECT_EQ(parse_network_messages(ByteView(whole).first(n)).code(), Errc::malformed) << n;
    auto shorter = Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    if (n < sizeof(nlmsghdr)) continue;
    const auto length = static_cast<std::uint32_t>(n);  // a header that agrees with the cut
    std::copy_n(raw(length).begin(), sizeof length, shorter.begin());
    EXPECT_EQ(parse_network_messages(shorter).code(), Errc::malformed) << n;
  }
  EXPECT_TRUE(parse_network_messages({})->empty());
}

TEST(NetworkMessages, KindsComeFromTheKernelAndThenFromTheName) {
  EXPECT_EQ(std::get<LinkMessage>(parsed(link(3, "eth0")).at(0)).link.kind, "ether");
  EXPECT_EQ(std::get<LinkMessage>(parsed(link(3, "wlp2s0")).at(0)).link.kind, "wlan");
  EXPECT_EQ(std::get<LinkMessage>(parsed(link(3, "wwan0")).at(0)).link.kind, "wwan");
  ifinfomsg bridge_port{};
  bridge_port.ifi_family = AF_BRIDGE;
  EXPECT_TRUE(parsed(message(RTM_NEWLINK, raw(bridge_port), {})).empty());
}

TEST(NetworkMessages, AnInterruptedDumpIsTold) {
  const int zero = 0;
  const auto found = parsed(message(NLMSG_DONE, raw(zero), {}, NLM_F_DUMP_INTR));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(std::get<DumpEnd>(found[1]).interrupted);
  const int refused = -EPERM;
  EXPECT_EQ(std::get<DumpEnd>(parsed(message(NLMSG_ERROR, raw(refused), {})).at(0)).error, EPERM);
}

TEST(NetworkState, TellsChangesOnceAndRemovalsWithTheLastState) {
  NetworkState state;
  EXPECT_EQ(state.replace(parsed(link(2, "kiosk0"))).size(), 1U);
  EXPECT_TRUE(state.take(parsed(link(2, "kiosk0")).at(0)).empty());
  const auto renamed = state.take(parsed(link(2, "wlan0")).at(0));
  ASSERT_EQ(renamed.size(), 1U);
  EXPECT_EQ(std::get<device::LinkObserved>(renamed[0]).change, device::Change::changed);
  const auto gone = state.take(parsed(link(2, "wlan0", RTM_DELLINK)).at(0));
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(std::get<device::LinkObserved>(gone[0]).name, "wlan0");
  EXPECT_TRUE(state.present().empty());
}

TEST(NetworkState, AnotherGatewayIsAChangeAndTwoHopsAreTwo) {
  NetworkState state;
  auto dump = parsed(link(2, "kiosk0"));
  const auto route = parsed(default_route("10.0.0.1", 2));
  dump.insert(dump.end(), route.begin(), route.end());
  EXPECT_EQ(state.replace(dump).size(), 2U);
  const auto changed = state.replace_routes(parsed(default_route("10.0.0.2", 2)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(std::get<device::RouteObserved>(changed[0]).change, device::Change::changed);
  EXPECT_EQ(std::get<device::RouteObserved>(changed[0]).interface, "kiosk0");
  auto both = parsed(default_route("10.0.0.2", 2));
  both.push_back(parsed(default_route("10.0.0.3", 2)).at(0));
  const auto added = state.replace_routes(both);
  ASSERT_EQ(added.size(), 1U);
  EXPECT_EQ(std::get<device::RouteObserved>(added[0]).change, device::Change::added);
  EXPECT_EQ(state.replace_routes({}).size(), 2U);
}

// The payload of an NFLOG message (after the nlmsghdr) about one packet.
Bytes logged(std::uint8_t hook, std::uint16_t ether_type, ByteView packet) {
  const nfgenmsg head{};
  Bytes out = copy(raw(head));
  nfulnl_msg_packet_hdr about{};
  about.hw_protocol = htons(ether_type);
  about.hook = hook;
  const std::uint32_t device = htonl(7), uid = htonl(1000), sequence = htonl(41);
  append(out, attribute(NFULA_PACKET_HDR, raw(about)));
  append(out, attribute(NFULA_IFINDEX_OUTDEV, raw(device)));
  append(out, attribute(NFULA_UID, raw(uid)));
  append(out, attribute(NFULA_SEQ, raw(sequence)));
  append(out, attribute(NFULA_PREFIX, bytes_of(std::string_view("kw:x:\0", 6))));
  append(out, attribute(NFULA_PAYLOAD, packet));
  return out;
}
Bytes ipv4(std::uint8_t protocol, std::uint16_t fragment, std::initializer_list<Byte> transport) {
  Bytes out(20);
  out[0] = 0x45;
  out[6] = static_cast<Byte>(fragment >> 8);
  out[7] = static_cast<Byte>(fragment);
  out[9] = protocol;
  out[15] = 10;
  out[19] = 20;
  append(out, Bytes(transport));
  return out;
}

TEST(PacketLog, ReadsTcpUdpIcmpAndFragments) {
  const auto tcp = parse_packet_log(logged(3, 0x0800, ipv4(6, 0, {0x30, 0x39, 0x01, 0xbb}))).value();
  EXPECT_EQ(tcp.packet.protocol, "tcp");
  EXPECT_EQ(tcp.packet.source_port, 12345);
  EXPECT_EQ(tcp.packet.destination_port, 443);
  EXPECT_EQ(tcp.packet.source, "0.0.0.10");
  EXPECT_EQ(tcp.packet.tag, "kw:x:");
  EXPECT_EQ(tcp.packet.user, "1000");
  EXPECT_EQ(tcp.interface_index, 7U);
  EXPECT_EQ(tcp.sequence, 41U);
  EXPECT_TRUE(tcp.packet.outbound);
  EXPECT_FALSE(parse_packet_log(logged(1, 0x0800, ipv4(6, 0, {})))->packet.outbound);
  EXPECT_EQ(parse_packet_log(logged(3, 0x0800, ipv4(17, 5, {0, 1, 0, 2})))->packet.source_port, 0);
  EXPECT_EQ(parse_packet_log(logged(3, 0x0800, ipv4(1, 0, {8, 0, 0, 0, 0x12, 0x34})))->echo_id, 0x1234);
  EXPECT_EQ(parse_packet_log(logged(3, 0x0800, ipv4(47, 0, {})))->packet.protocol, "47");
  EXPECT_EQ(parse_packet_log(logged(3, 0x0806, {}))->packet.protocol, "");
}

TEST(PacketLog, FollowsIpv6HeadersToABound) {
  Bytes packet(40);
  packet[0] = 0x60;
  packet[6] = 0;                                                 // hop-by-hop
  append(packet, Bytes{60, 0, 0, 0, 0, 0, 0, 0});                // then destination options
  append(packet, Bytes{17, 0, 0, 0, 0, 0, 0, 0, 0, 53, 0, 54});  // then UDP
  const auto udp = parse_packet_log(logged(3, 0x86dd, packet)).value();
  EXPECT_EQ(udp.packet.protocol, "udp");
  EXPECT_EQ(udp.packet.destination_port, 54);
  Bytes endless(40);
  endless[0] = 0x60;
  for (int i = 0; i < 20; ++i) append(endless, Bytes{0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(parse_packet_log(logged(3, 0x86dd, endless))->packet.source_port, 0);
}

TEST(PacketLog, EveryTruncationIsRefusedOrHarmless) {
  const auto whole = logged(3, 0x0800, ipv4(6, 0, {0, 1, 0, 2}));
  for (std::size_t n = 0; n + 1 < whole.size(); ++n)
    if (const auto found = parse_packet_log(ByteView(whole).first(n))) {
      EXPECT_EQ(found->packet.destination, "") << n;
    }
  EXPECT_EQ(parse_packet_log({}).code(), Errc::malformed);
}

TEST(RulesetMessages, NameTableAndWriter) {
  const nfgenmsg head{};
  const std::uint32_t pid = htonl(4711);
  auto octets =
      message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, raw(head), {attribute(NFTA_RULE_TABLE, bytes_of("mine"))});
  append(octets, message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN, raw(head),
                         {attribute(NFTA_GEN_PROC_PID, raw(pid)), attribute(NFTA_GEN_PROC_NAME, bytes_of("nft"))}));
  const auto found = parse_ruleset_messages(octets).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(std::get<TableTouched>(found[0]).table, "mine");
  EXPECT_EQ(std::get<Generation>(found[1]).pid, 4711U);
  EXPECT_EQ(std::get<Generation>(found[1]).command, "nft");
  EXPECT_EQ(parse_ruleset_messages(ByteView(octets).first(octets.size() - 1)).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::platform
