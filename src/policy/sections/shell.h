#pragma once
// shell_section is policy's part on the kiosk's one program on the screen (clauses 8.2.3, 9.2.2, 6.4-d).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section shell_section();

}  // namespace kw::policy
