// The sections of the kiosk's defence. A new one is its message, its check in a file of its own, and one row here.
#include "policy/sections/camera.h"
#include "policy/sections/egress.h"
#include "policy/sections/hardware.h"
#include "policy/sections/host.h"
#include "policy/sections/integrity.h"
#include "policy/sections/interfaces.h"
#include "policy/sections/malware.h"
#include "policy/sections/outbound.h"
#include "policy/sections/peripherals.h"
#include "policy/sections/programs.h"
#include "policy/sections/section.h"
#include "policy/sections/shell.h"
#include "policy/sections/system.h"

namespace kw::policy {

std::span<const Section> sections() {
  static const std::vector<Section> kTable{
      peripherals_section(), interfaces_section(), outbound_section(), programs_section(), integrity_section(),
      malware_section(),     host_section(),       hardware_section(), system_section(),   camera_section(),
      egress_section(),     shell_section(),
  };
  return kTable;
}

}  // namespace kw::policy
