#pragma once
// Command is one word of the `kioskward` program: its name, a line of help, and the function that does it.
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace kw::cli {

/// Where a command reads and writes; the process's own in production.
struct Terminal {
  int in = 0;  // file descriptor
  std::ostream& out;
  std::ostream& err;
};

/// Exit codes that every command keeps to.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kUntrusted = 3;  // a signature or certificate was refused
inline constexpr int kRefused = 3;    // what was looked at is not as it has to be

struct Command {
  std::string_view name;
  std::string_view help;
  int (*run)(std::span<const std::string> args, Terminal& terminal);  // args without the command's name
};

/// commands is the table of what works without the API; src/cli/main_cli.cpp fills it. Beside it stand the operations
/// of src/cli/api.
[[nodiscard]] std::span<const Command> commands() noexcept;
/// run_command finds the first argument in either table and runs it; without one it prints both.
int run_command(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
