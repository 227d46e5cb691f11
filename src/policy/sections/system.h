#pragma once
// system_section is policy's part on how the operating system is set up (clause 6.4).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section system_section();

}  // namespace kw::policy
