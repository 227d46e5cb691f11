#pragma once
// programs_section is policy's part on which programs may run (clause 9.7-d).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section programs_section();

}  // namespace kw::policy
