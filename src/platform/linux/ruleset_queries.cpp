#include "platform/linux/ruleset_queries.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>

#include "platform/linux/attributes.h"
#include "platform/linux/netlink_socket.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr int kMostDumps = 5;

std::uint16_t nftables_type(int message) { return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message); }

MessageBuilder nftables_request(int message, std::uint16_t flags, std::uint8_t family) {
  MessageBuilder out(nftables_type(message), static_cast<std::uint16_t>(NLM_F_REQUEST | flags));
  auto& head = out.extra<nfgenmsg>();
  head.nfgen_family = family;
  head.version = NFNETLINK_V0;
  return out;
}

Result<std::uint8_t> family_number(std::string_view name) {
  if (name == "inet") return std::uint8_t{NFPROTO_INET};
  if (name == "netdev") return std::uint8_t{NFPROTO_NETDEV};
  if (name == "ip") return std::uint8_t{NFPROTO_IPV4};
  if (name == "ip6") return std::uint8_t{NFPROTO_IPV6};
  return fail(Errc::invalid, "family of nftables");
}

// Numbers of nftables come in network order.
std::uint64_t big_endian(ByteView octets) {
  std::uint64_t out = 0;
  for (const auto octet : octets.first(std::min<std::size_t>(octets.size(), 8))) out = out << 8 | octet;
  return out;
}

Result<RulesetAnswer> ask_nftables(NetlinkSocket& socket, ByteView request) {
  RulesetAnswer out;
  KW_CHECK(socket.ask(request, [&](ByteView datagram) -> Result<bool> {
    KW_TRY(auto part, parse_ruleset_answer(datagram));
    std::move(part.counters.begin(), part.counters.end(), std::back_inserter(out.counters));
    if (part.generation) out.generation = part.generation;
    out.table = out.table || part.table;
    out.interrupted = out.interrupted || part.interrupted;
    out.error = part.error;
    return part.last;
  }));
  if (out.error == ENOENT) return fail(Errc::not_found, "nftables");
  if (out.error != 0) return Result<RulesetAnswer>(os_error(out.error, "nftables"));
  return out;
}

}  // namespace

Result<RulesetAnswer> parse_ruleset_answer(ByteView datagram) {
  RulesetAnswer out;
  Messages messages(datagram);
  while (const auto message = messages.next()) {
    const auto type = message->header.nlmsg_type;
    out.interrupted = out.interrupted || (message->header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (type == NLMSG_DONE || type == NLMSG_ERROR) {
      const auto code = plain<int>(message->payload).value_or(type == NLMSG_DONE ? 0 : -EIO);
      out.error = code > 0 || code < -4095 ? EIO : -code;
      out.last = true;
    }
    if (type >> 8 != NFNL_SUBSYS_NFTABLES) continue;
    if (message->payload.size() < sizeof(nfgenmsg)) return fail(Errc::malformed, "nftables answer");
    device::RulesetPort::Counter counter;
    Attributes attributes(message->payload.subspan(sizeof(nfgenmsg)));
    while (const auto a = attributes.next()) {
      if (type == nftables_type(NFT_MSG_NEWGEN) && a->type == NFTA_GEN_ID)
        out.generation = static_cast<std::uint32_t>(big_endian(a->value));
      if (type != nftables_type(NFT_MSG_NEWOBJ)) continue;
      if (a->type == NFTA_OBJ_NAME) counter.name = a->text();
      if (a->type != NFTA_OBJ_DATA) continue;
      Attributes data(a->value);
      while (const auto number = data.next()) {
        if (number->type == NFTA_COUNTER_PACKETS) counter.packets = big_endian(number->value);
        if (number->type == NFTA_COUNTER_BYTES) counter.bytes = big_endian(number->value);
      }
      if (!data.sound()) return fail(Errc::malformed, "nftables counter");
    }
    if (!attributes.sound()) return fail(Errc::malformed, "nftables answer");
    if (!counter.name.empty()) out.counters.push_back(std::move(counter));
    out.table = out.table || type == nftables_type(NFT_MSG_NEWTABLE);
    out.last = out.last || out.table || out.generation.has_value();
  }
  if (!messages.sound()) return fail(Errc::malformed, "nftables answer length");
  return out;
}

Result<std::uint64_t> read_generation() {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_NETFILTER, 0));
  const auto request = nftables_request(NFT_MSG_GETGEN, 0, NFPROTO_UNSPEC);
  KW_TRY(const auto answer, ask_nftables(socket, request.view()));
  if (!answer.generation) return fail(Errc::malformed, "nftables tells no generation");
  return std::uint64_t{*answer.generation};
}

Result<std::vector<device::RulesetPort::Counter>> read_counters(const std::string& family, const std::string& table) {
  KW_TRY(const auto number, family_number(family));
  if (table.empty() || table.size() >= NFT_TABLE_MAXNAMELEN) return fail(Errc::invalid, "not a name of nftables");
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_NETFILTER, 0));
  auto there = nftables_request(NFT_MSG_GETTABLE, 0, number);
  mnl_attr_put_strz(there.header(), NFTA_TABLE_NAME, table.c_str());
  KW_CHECK(ask_nftables(socket, there.view()));
  auto request = nftables_request(NFT_MSG_GETOBJ, NLM_F_DUMP, number);
  mnl_attr_put_strz(request.header(), NFTA_OBJ_TABLE, table.c_str());
  mnl_attr_put_u32(request.header(), NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
  for (int i = 0; i < kMostDumps; ++i) {
    KW_TRY(auto answer, ask_nftables(socket, request.view()));
    if (!answer.interrupted) return std::move(answer.counters);
  }
  return fail(Errc::conflict, "the rules change while their counters are read");
}

}  // namespace kw::platform
