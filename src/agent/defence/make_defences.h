#pragma once
// make_defences makes every section of the defence that this agent has, on the machine's own adapters.
#include <memory>
#include <vector>

#include "agent/defence/system_drill.h"
#include "device/defence.h"
#include "platform/linux/clipboard_child.h"
#include "platform/linux/linux_purge_port.h"
#include "platform/linux/linux_shell_machine.h"

namespace kw::agent {

struct DefencePorts {
  const Clock& clock;
  device::RulesetPort* ruleset = nullptr;  // null: packet rules cannot be set on this machine
  std::function<Result<>(Timestamp until)> permit_boot_change;  // of section hardware
  platform::ScreenAccess screen = {};                           // of sections egress and shell
  platform::ShellPlaces shell = {};
  platform::PurgePlaces session = {};    // of section system
  std::vector<std::string> users = {};   // whose programs run on the kiosk's screen
  DrillPlaces drill = {};
};
[[nodiscard]] std::vector<std::unique_ptr<device::Defence>> make_defences(const DefencePorts& ports);

}  // namespace kw::agent
