#pragma once
// parse_set_elements reads what `nft -j list set …` prints. PURE; malformed for any other text.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kw::platform {

/// parse_set_elements gives elements in nft's text form: "10.0.0.0/24 . udp . 53-60".
[[nodiscard]] Result<std::vector<std::string>> parse_set_elements(std::string_view json);

}  // namespace kw::platform
