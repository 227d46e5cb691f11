#pragma once
// agent_main is the program kioskward-agent: run, enrol, status, guard-boot, uninstall. Returns the exit code.
#include <ostream>
#include <span>
#include <string>

namespace kw::agent {

/// What `run` ends with after an order to uninstall; the service manager does not start it again then.
inline constexpr int kExitUninstalled = 20;

/// agent_main prints what people asked for to `out` and one line about what went wrong to `err`. Exit codes of enrol:
/// agent/enrol/enrol.h; of the others: 0 good, 2 wrong use, 5 refused, 10 this machine or its state, 20 uninstalled (of
/// run), 1 anything else.
int agent_main(std::span<const std::string> arguments, std::ostream& out, std::ostream& err);

}  // namespace kw::agent
