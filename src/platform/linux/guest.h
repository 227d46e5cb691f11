#pragma once
// Guest is a program that is let in for a while: as another user, with a home that is its alone, ended as a whole.
//
// It leads a session of its own, gets no descriptor of this process but standard error, and dies with the thread that
// started it. Its home is a new directory (0700, the user's) below TMPDIR or /tmp. Ending it is SIGKILL for the whole
// process group: nothing that it has is worth saving. Not thread-safe.
//
// To run as somebody else the caller needs CAP_SETUID, CAP_SETGID, CAP_CHOWN, CAP_KILL, and CAP_DAC_OVERRIDE to remove
// the home. setpriv(1) changes the user, after the process has been made and without a line of this program.
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/linux/account.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

struct GuestRequest {
  std::string program;                                                              // a path, or a name in PATH
  std::function<std::vector<std::string>(const std::filesystem::path&)> arguments;  // given the guest's home
  std::vector<std::string> environment = {};  // beside PATH, HOME and LC_ALL=C.UTF-8
  std::optional<Account> account = {};        // none: as this process
};

class Guest {
 public:
  /// start: not_found or not_permitted for the home, the user or setpriv. A program that cannot be run shows as an end
  /// with code 127 (not found) or 126.
  static Result<std::unique_ptr<Guest>> start(const GuestRequest& request);
  /// Ends it, waits for that (two seconds at most), removes its home.
  ~Guest();
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  /// handle is readable once the guest has ended.
  [[nodiscard]] int handle() const noexcept { return handle_.get(); }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// end kills it and everything that it started in its process group; returns at once.
  Result<> end();
  /// reap takes leave of a guest whose handle is readable: exit code, or 128 + signal. Its home is removed.
  int reap();

 private:
  Guest() = default;
  std::filesystem::path home_;
  pid_t pid_ = -1;  // -1: not started, or reaped
  UniqueFd handle_;
};

}  // namespace kw::platform
