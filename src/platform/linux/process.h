#pragma once
// run_process runs a program without a shell: arguments as they are, text in, bounded text out, a deadline.
//
// Descriptors of this process are not inherited. A child that overruns its deadline or its output bound is killed
// (SIGKILL) and reaped before the call returns. Threads: any; the call blocks.
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"

namespace kw::platform {

struct ProcessRequest {
  std::vector<std::string> arguments;  // arguments[0] is the program: an absolute path, or a name looked up in PATH
  std::string input = {};              // becomes standard input
  Duration deadline = std::chrono::seconds(5);
  std::size_t most_output = std::size_t{1} << 20;  // of standard output and standard error, each
  /// takes standard output piece by piece, which ProcessOutcome::out is then without; its error ends the process.
  std::function<Result<>(std::string_view)> take = {};
};
struct ProcessOutcome {
  int exit_code = 0;  // 128 + signal where a signal ended it
  std::string out, err;
};

/// Errc::not_found: no such program. timeout: killed at the deadline. too_large: killed at the output bound.
[[nodiscard]] Result<ProcessOutcome> run_process(const ProcessRequest& request);

}  // namespace kw::platform
