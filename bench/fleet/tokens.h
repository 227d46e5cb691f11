#pragma once
// Tokens are the one-time tokens of a fleet, by the address of the kiosk that enrols with each. PURE.
#include <map>
#include <string>

#include "base/result.h"

namespace kw::fleet {

inline constexpr std::size_t kMostTokens = 1U << 20;  // octets of a list
using Tokens = std::map<std::string, std::string, std::less<>>;
/// parse_tokens reads lines "ADDRESS TOKEN": Errc::too_large, malformed with the line's number.
Result<Tokens> parse_tokens(std::string_view text);

}  // namespace kw::fleet
