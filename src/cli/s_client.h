#pragma once
// run_s_client is `kioskward s_client`: connect to a TLCP server, show what it is, relay stdin and stdout.
//
// Exit code: 0 done, 1 no connection or a broken one, 2 usage, 3 certificate refused.
#include "cli/command.h"

namespace kw::cli {

int run_s_client(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
