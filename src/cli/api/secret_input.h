#pragma once
// SecretInput asks for secrets, one a line: from a file first, then from the terminal without echo.
//
// Never from the command line, which every process of the machine can read.
#include <string>

#include "base/secret.h"
#include "cli/command.h"
#include "platform/linux/unique_fd.h"

namespace kw::cli {

class SecretInput {
 public:
  /// open takes the name of a file of mode 0600 or a pipe; empty for none. Errc::not_permitted where others may read
  /// it, Errc::unsupported for anything but a file or pipe, not_found, io.
  static Result<SecretInput> open(Terminal& terminal, const std::string& file);
  /// ask returns the next line of the file; where it has no more, a line of the terminal, with `what` as the prompt and
  /// without echo where it is one. Errc::truncated where the input has ended, too_large above 1 KiB, cancelled where a
  /// signal came, which ends the process once the terminal is as it was.
  Result<SecretBytes> ask(std::string_view what);
  /// interactive: the next secret is typed by a person.
  [[nodiscard]] bool interactive() const;

 private:
  SecretInput(Terminal& terminal, platform::UniqueFd file) : terminal_(&terminal), file_(std::move(file)) {}
  Terminal* terminal_;
  platform::UniqueFd file_;  // closed once it has no more
};

}  // namespace kw::cli
