#include "agent/defence/make_defences.h"

#include <algorithm>

#include "agent/defence/interfaces.h"
#include "agent/defence/outbound.h"
#include "platform/linux/connections.h"
#include "platform/linux/linux_interface_port.h"

namespace kw::agent {
namespace {

OutboundDefence::Ports outbound_ports(device::RulesetPort* ruleset) {
  return {ruleset,
          [](const auto& keep) -> Result<std::size_t> {
            const auto wanted = [&](const platform::OpenConnection& one) {
              return std::ranges::any_of(
                  keep, [&](const auto& to) { return to.first == one.remote && to.second == one.remote_port; });
            };
            KW_TRY(const auto ended, platform::end_connections(wanted));
            return ended.ended;
          },
          platform::packet_socket_holders};
}

}  // namespace

std::vector<std::unique_ptr<device::Defence>> make_defences(const DefencePorts& ports) {
  std::vector<std::unique_ptr<device::Defence>> out;
  out.push_back(std::make_unique<InterfaceDefence>(std::make_unique<platform::LinuxInterfacePort>()));
  out.push_back(std::make_unique<OutboundDefence>(outbound_ports(ports.ruleset)));
  return out;
}

}  // namespace kw::agent
