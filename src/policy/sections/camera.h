#pragma once
// camera_section is policy's part on the camera above the screen (clause 5.1-c).
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section camera_section();

}  // namespace kw::policy
