#pragma once
// egress_section is the place of the kiosk and the data that may not leave it, as policy sees them
// (clauses 9.7-b, 9.7-e).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section egress_section();

}  // namespace kw::policy
