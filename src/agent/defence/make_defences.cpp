#include "agent/defence/make_defences.h"

#include "agent/defence/interfaces.h"
#include "platform/linux/linux_interface_port.h"

namespace kw::agent {

std::vector<std::unique_ptr<device::Defence>> make_defences() {
  std::vector<std::unique_ptr<device::Defence>> out;
  out.push_back(std::make_unique<InterfaceDefence>(std::make_unique<platform::LinuxInterfacePort>()));
  return out;
}

}  // namespace kw::agent
