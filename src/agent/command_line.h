#pragma once
// agent_main is the program kioskward-agent: run, enrol, status, guard-boot. Returns the exit code.
#include <ostream>
#include <span>
#include <string>

namespace kw::agent {

/// agent_main prints what people asked for to `out` and one line about what went wrong to `err`. Exit codes of enrol:
/// agent/enrol/enrol.h; of the others: 0 good, 2 wrong use, 10 this machine or its state, 1 anything else.
int agent_main(std::span<const std::string> arguments, std::ostream& out, std::ostream& err);

}  // namespace kw::agent
