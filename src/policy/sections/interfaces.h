#pragma once
// interfaces_section is policy's part on the one network port of a kiosk and its fixed identity (clauses 5.4-b, 8.2).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section interfaces_section();

}  // namespace kw::policy
