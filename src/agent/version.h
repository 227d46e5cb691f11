#pragma once
// kVersion is the agent's version, as it tells the platform.
#include <string_view>

namespace kw::agent {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace kw::agent
