#include "platform/linux/ruleset_messages.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "platform/linux/attributes.h"

namespace kw::platform {
namespace {

// In every object's message the table's name is the attribute NFTA_*_TABLE (or NFTA_TABLE_NAME) with the value 1.
static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 && NFTA_SET_TABLE == 1 &&
              NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 && NFTA_FLOWTABLE_TABLE == 1);
constexpr std::uint16_t kTable = 1;

}  // namespace

Result<std::vector<RulesetMessage>> parse_ruleset_messages(ByteView datagram) {
  std::vector<RulesetMessage> out;
  Messages messages(datagram);
  while (const auto message = messages.next()) {
    if (message->header.nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES) continue;
    if (message->payload.size() < sizeof(nfgenmsg)) return fail(Errc::malformed, "nftables message");
    const bool generation = (message->header.nlmsg_type & 0xff) == NFT_MSG_NEWGEN;
    Generation ended{0, message->header.nlmsg_pid, {}};
    TableTouched touched;
    Attributes attributes(message->payload.subspan(sizeof(nfgenmsg)));
    while (const auto a = attributes.next()) {
      if (generation && a->type == NFTA_GEN_PROC_PID) ended.pid = ntohl(a->as<std::uint32_t>().value_or(0));
      if (generation && a->type == NFTA_GEN_PROC_NAME) ended.command = a->text();
      if (!generation && a->type == kTable) touched.table = a->text();
    }
    if (!attributes.sound()) return fail(Errc::malformed, "nftables message");
    if (generation) {
      out.emplace_back(std::move(ended));
    } else {
      out.emplace_back(std::move(touched));
    }
  }
  if (!messages.sound()) return fail(Errc::malformed, "nftables message length");
  return out;
}

}  // namespace kw::platform
