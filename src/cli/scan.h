#pragma once
// run_scan searches files for personal numbers, secrecy markings and what an operator's rules name, as landing does.
#include "cli/command.h"

namespace kw::cli {

/// run_scan prints kind, offset and length of each hit, never the value; kRefused where there is one.
int run_scan(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
