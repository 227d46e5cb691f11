#pragma once
// parse_json_text reads JSON that people write: bounded in size and depth, and no key twice in one object.
#include <boost/json.hpp>
#include <string_view>

#include "base/result.h"

namespace kw::policy {

/// Errc::too_large above `most` octets; Errc::malformed otherwise, with a detail that starts with ": ".
[[nodiscard]] Result<boost::json::value> parse_json_text(std::string_view text, std::size_t most, std::size_t depth);

}  // namespace kw::policy
