#pragma once
// kServerVersion is the platform's version as the API, the link and the command line tell it.
#include <string_view>

namespace kw::server {

inline constexpr std::string_view kServerVersion = "0.1.0";

}  // namespace kw::server
