#pragma once
// run_compliance explains what a requirement's rule checks, and runs scenarios of rules; its other commands are those
// of the API.
//
//   kioskward compliance explain 5.4-a.2 --lang zh
//   kioskward compliance explain 5.4-b --device 0190…      with the state there, which the platform is asked for
//   kioskward compliance check catalogue/compliance/503.7/5.4-a.2/*.toml
#include "cli/command.h"

namespace kw::cli {

/// run_compliance: kRefused where a scenario did not come out as it says.
int run_compliance(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
