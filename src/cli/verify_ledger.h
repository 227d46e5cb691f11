#pragma once
// run_verify is `kioskward verify ledger DIR --key FILE`: it recomputes a ledger directory offline.
#include "cli/command.h"

namespace kw::cli {

/// run_verify takes the arguments from `verify` on ("verify", "ledger", DIR, "--key", FILE; the first may be left out).
/// FILE holds the ledger's public key: SubjectPublicKeyInfo in PEM or DER. Returns kDone where the ledger is as it was
/// signed, kUntrusted where it is not, kUsage for wrong arguments, kFailed where something could not be read.
int run_verify(std::span<const std::string> args, std::ostream& out, std::ostream& err);
/// The same as a line of the command table.
int run_verify(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
