#pragma once
// run_mask asks the gate of masks about profiles before they are put to use; nothing is changed and nobody is asked.
#include "cli/command.h"

namespace kw::cli {

/// run_mask prints how many candidates each mask leaves, then what the gate refuses; kRefused where it refuses
/// anything.
int run_mask(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
