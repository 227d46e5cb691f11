#pragma once
// run_verify is `kioskward verify ledger DIR | bundle FILE | receipt FILE | vault-file FILE | report FILE --key FILE`: it trusts a
// public key and nothing else, and prints a verdict that can be filed.
#include "base/time.h"
#include "cli/command.h"

namespace kw::cli {

/// run_verify takes the arguments from `verify` on (the word itself may be left out). The key's file holds the ledger's
/// SubjectPublicKeyInfo in PEM or DER. Returns kDone where everything is as it was signed, kUntrusted where it is not,
/// kUsage for wrong arguments, kFailed where something could not be read. `clock` is the one that the verdict names.
int run_verify(std::span<const std::string> args, std::ostream& out, std::ostream& err, const Clock& clock);
/// The same as a line of the command table.
int run_verify(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
