#pragma once
// run_demo is `kioskward demo violate NAME` and `kioskward demo session`, on the demo site that `make run` keeps.
#include "cli/command.h"

namespace kw::cli {

/// run_demo hands over to demo/violate.py of the checkout it is run in (KIOSKWARD_DEMO names another place); kUsage for
/// wrong arguments, kFailed where that program is not there. On success it does not return.
int run_demo(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
