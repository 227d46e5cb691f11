#include "agent/notice/reasons.h"

#include <algorithm>
#include <array>

namespace kw::agent {
namespace {

struct Row {
  std::string_view cause;
  Reason reason;
};
constexpr std::array kReasons{
    Row{"net.outbound.illegal", {"检测到违规外联", "A connection to a place that is not allowed was attempted"}},
    Row{"net.interface.added", {"检测到新增网络接口", "A new network interface appeared"}},
    Row{"net.interface.renamed", {"网络接口被改名", "A network interface was renamed"}},
    Row{"net.interface.removed", {"网络接口被移除", "A network interface was removed"}},
    Row{"net.address.changed", {"本机 IP 地址被更改", "This kiosk's address was changed"}},
    Row{"net.mac.changed", {"本机 MAC 地址被更改", "This kiosk's MAC address was changed"}},
    Row{"net.gateway_mac.changed", {"网关 MAC 地址发生变化", "The gateway's MAC address changed"}},
    Row{"net.route.changed", {"默认路由被更改", "The default route was changed"}},
    Row{"egress.place.changed", {"终端不在批准的位置", "This kiosk is not in its approved place"}},
    Row{"egress.place.silent", {"无法确认终端所在位置", "This kiosk's place can no longer be confirmed"}},
    Row{"device.cut.ordered", {"安全管理员已下令断网", "A security administrator ordered the cut"}},
};
constexpr Reason kPolicy{"安全策略要求断开网络", "The security policy requires it"};

}  // namespace

Reason reason_of(std::string_view cause) {
  const auto* found = std::find_if(kReasons.begin(), kReasons.end(), [&](const Row& row) { return row.cause == cause; });
  return found == kReasons.end() ? kPolicy : found->reason;
}

}  // namespace kw::agent
