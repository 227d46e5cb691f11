#pragma once
// What the starters of unprivileged helper programs share: whom a child becomes, where its program lies, and taking
// leave of it without waiting.
//
// Not thread-safe.
#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::platform {

/// child_user gives the first of `names` that is a user and not root; empty where this process may not change users.
/// Errc::not_found.
[[nodiscard]] Result<std::string> child_user(std::initializer_list<std::string_view> names);
/// beside_this_program is the path of `program` in the directory of this process's own.
[[nodiscard]] Result<std::string> beside_this_program(std::string_view program);

/// DyingChildren were killed and are reaped when they are gone.
class DyingChildren {
 public:
  void end(pid_t pid);
  void tidy();

 private:
  std::vector<pid_t> pids_;
};

}  // namespace kw::platform
