#pragma once
// run_dictionary trains the dictionary that records of a matter are compressed with (vault/record_dictionary.h).
#include "cli/command.h"

namespace kw::cli {

/// run_dictionary: `kioskward dictionary train MATTER --samples FILE --out FILE`. The samples are invented: whatever is
/// in them may stand in the dictionary, which nobody encrypts.
int run_dictionary(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
