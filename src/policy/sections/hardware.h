#pragma once
// hardware_section is policy's part on the components that a kiosk consists of (clauses 5.5, 6.1-a).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section hardware_section();

}  // namespace kw::policy
