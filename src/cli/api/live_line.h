#pragma once
// live_line shows one message of the live stream on one line: "alarm  type=net.outbound.illegal state=open ...".
#include <string>

#include "base/result.h"

namespace kw::cli {

/// live_line: Errc::malformed for what is no message of schemas/openapi.yaml's LiveMessage. A kind that this program
/// does not know yet is shown with everything in it.
Result<std::string> live_line(std::string_view message);

}  // namespace kw::cli
