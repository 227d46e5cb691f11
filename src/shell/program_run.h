#pragma once
// ProgramRun is one run of the kiosk's program, from its first process to the last that it left.
//
//   kioskward-shell ── fork ──> supervisor ── fork, setsid, exec ──> program ── whatever it starts
//
// Supervisor and kioskward-shell are both subreapers: nothing that the program starts can leave their tree. When the
// program ends, or end() asks, or kioskward-shell dies (PR_SET_PDEATHSIG), the supervisor kills the whole tree and
// wipes the home. When the supervisor is killed, the program dies with it and finish() does the rest. When both are
// killed at once the program still dies, and what it had started is found by end_leftovers() of the next
// kioskward-shell.
//
// For a process of one thread. Source: prctl(2), PR_SET_CHILD_SUBREAPER and PR_SET_PDEATHSIG.
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/linux/unique_fd.h"
#include "shell/wipe.h"

namespace kw::shell {

struct RunRequest {
  std::string program;
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // all of it
  std::string home;                      // it begins there
  bool wipe = true;                      // the home, at the end
};

struct RunReport {
  enum class How { exited, signalled, ended, not_started, supervisor_killed };  // ended: by end()
  How how = How::supervisor_killed;
  int number = 0;            // exit code, signal, errno
  std::uint32_t killed = 0;  // processes beside the program
  Wiped wiped;
};

/// become_reaper makes this process the parent of whatever its descendants leave.
Result<> become_reaper();
/// leftover_mark stands in the environment of whatever is started for these profiles.
[[nodiscard]] std::string leftover_mark(const std::string& profiles);
/// end_leftovers kills what an earlier kioskward-shell's program started and nobody ended; gives their number.
std::uint32_t end_leftovers(const std::string& mark);

class ProgramRun {
 public:
  /// start waits until the program runs or cannot: the latter is a run that has ended, not an error.
  static Result<std::unique_ptr<ProgramRun>> start(const RunRequest& request);
  /// Ends it without waiting: the supervisor does the rest.
  ~ProgramRun();
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  /// handle is readable once finish() will not wait.
  [[nodiscard]] int handle() const noexcept { return handle_.get(); }
  /// program: its process; 0 where it could not be started.
  [[nodiscard]] pid_t program() const noexcept { return program_; }
  void end();
  [[nodiscard]] RunReport finish();

 private:
  ProgramRun(RunRequest request) : request_(std::move(request)) {}
  RunRequest request_;
  pid_t supervisor_ = -1, program_ = 0;
  platform::UniqueFd handle_, report_;
};

}  // namespace kw::shell
