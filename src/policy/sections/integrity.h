#pragma once
// integrity_section is policy's part on which files may not change, and what they hold (clauses 7.1, 9.7-d).
#include "policy/sections/section.h"

namespace kw::policy {

inline constexpr std::size_t kMostKeyFile = 64U << 10;    // octets of one key file
inline constexpr std::size_t kMostKeyFiles = 256U << 10;  // of all together, in a policy

[[nodiscard]] Section integrity_section();

}  // namespace kw::policy
