#pragma once
// run_s_server is `kioskward s_server`: accept TLCP connections and relay them to the terminal, or answer with a page.
//
// Exit code: 0 done, 1 the one connection failed, 2 usage, 3 its certificate was refused.
#include "cli/command.h"

namespace kw::cli {

int run_s_server(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
