#pragma once
// outbound_section is policy's part against illegal outbound traffic beyond the network part (clause 9.5).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section outbound_section();

}  // namespace kw::policy
