#pragma once
// parse_counters and parse_set_elements read what `nft -j list …` prints. PURE; malformed for any other text.
#include <string>
#include <string_view>
#include <vector>

#include "device/ports.h"

namespace kw::platform {

[[nodiscard]] Result<std::vector<device::RulesetPort::Counter>> parse_counters(std::string_view json);
/// parse_set_elements gives elements in nft's text form: "10.0.0.0/24 . udp . 53-60".
[[nodiscard]] Result<std::vector<std::string>> parse_set_elements(std::string_view json);

}  // namespace kw::platform
