#pragma once
// run_witness is `kioskward witness`: a named witness of a platform's ledger, at a backup site or a police gateway.
//
//   kioskward witness --server URL --key ledger.pem --state DIR --name backup [--every 10] [--listen ADDRESS:PORT] [--once]
//
// It asks for the newest head, verifies that it follows from the one on its disk, stores it, and only then signs it. A
// ledger that does not follow is refused: said here, to the platform, and kept as evidence (refusals/). With --listen it
// takes kiosks' refusals too (POST /refusal), weighs what they prove, and says that.
#include <span>

#include "cli/command.h"

namespace kw::cli {

/// Exit codes: kDone, kFailed, kUsage; with --once kUntrusted where the ledger was refused.
int run_witness(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
