#pragma once
// peripherals_section is policy's part on what may be plugged into a kiosk (clause 5.4-a).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section peripherals_section();

}  // namespace kw::policy
