#pragma once
// host_section is policy's part on attacks on the host itself (clause 6.3-b).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section host_section();

}  // namespace kw::policy
