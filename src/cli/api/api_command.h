#pragma once
// run_api_command runs a command of the operation table: "devices show ID", "login", "alarms" for the group's list.
#include "cli/command.h"

namespace kw::cli {

/// is_api_command says whether a command of the table begins with this word.
[[nodiscard]] bool is_api_command(std::string_view first);
/// run_api_command takes the arguments from the command's first word on. Exit code: 0 done, 1 refused or failed,
/// 2 usage, 3 a proof that does not hold.
int run_api_command(std::span<const std::string> args, Terminal& terminal);
/// print_api_commands lists the commands that begin with `first`; all of them where it is empty.
void print_api_commands(std::ostream& out, std::string_view first = {});

}  // namespace kw::cli
