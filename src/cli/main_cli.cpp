// The command table of the `kioskward` program, and its dispatch. A new command is one line in kCommands; a new
// operation of the API is one in api/operations.cpp.
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/api/api_command.h"
#include "cli/command.h"
#include "cli/compliance.h"
#include "cli/demo.h"
#include "cli/dictionary.h"
#include "cli/key_file.h"
#include "cli/mask_check.h"
#include "cli/s_client.h"
#include "cli/s_server.h"
#include "cli/scan.h"
#include "cli/ukey.h"
#include "cli/verify.h"
#include "cli/witness/witness_command.h"

namespace kw::cli {
namespace {

constexpr std::array kCommands{
    Command{"s_client", "connect to any TLCP server, show its certificates, relay stdin", run_s_client},
    Command{"s_server", "accept TLCP connections, as a status page or to a terminal", run_s_server},
    Command{"verify",
            "check a ledger, a bundle, a receipt, a witnessed head, a file of the vault or a report; trusts a public key alone",
            run_verify},
    Command{"key", "make an administrator's own signing key, under a passphrase", run_key},
    Command{"witness", "vouch for a platform's ledger from elsewhere, and hear kiosks that refuse it", run_witness},
    Command{"ukey", "sign a challenge of the console with a UKey; show its keys and certificate", run_ukey},
    Command{"mask", "count what profiles of masks leave, and refuse what leaves too little", run_mask},
    Command{"compliance", "explain what a requirement checks; run scenarios of rules; verdicts, scores and records",
            run_compliance},
    Command{"dictionary", "train what records of a matter are compressed with", run_dictionary},
    Command{"scan", "search files for personal numbers and secrecy markings; says where, never what", run_scan},
    Command{"demo", "commit a violation on the demo site of `make run`", run_demo},
};

void print_table(std::ostream& to) {
  to << "usage: kioskward COMMAND [OPTIONS]   (kioskward COMMAND --help tells the options)\n\n";
  for (const auto& command : commands())
    to << "  " << command.name << std::string(command.name.size() < 16 ? 16 - command.name.size() : 1, ' ')
       << command.help << "\n";
  to << "\nOver the platform's API (log in first):\n";
  print_api_commands(to);
}

}  // namespace

std::span<const Command> commands() noexcept { return kCommands; }

int run_command(std::span<const std::string> args, Terminal& terminal) {
  if (args.empty() || args[0] == "--help" || args[0] == "help") {
    print_table(args.empty() ? terminal.err : terminal.out);
    return args.empty() ? kUsage : kDone;
  }
  const auto found = std::ranges::find(commands(), args[0], &Command::name);
  if (found == commands().end() && is_api_command(args[0])) return run_api_command(args, terminal);
  if (found == commands().end()) {
    terminal.err << "kioskward: no command \"" << args[0] << "\"\n";
    print_table(terminal.err);
    return kUsage;
  }
  return found->run(args.subspan(1), terminal);
}

}  // namespace kw::cli
