#pragma once
// HelperChildren starts unprivileged helper programs, which give up root by themselves (helper_program.h), and takes leave
// of them without waiting. child_user says whom one becomes.
//
// Not thread-safe.
#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "device/helper.h"

namespace kw::platform {

/// child_user gives the first of `names` that is a user and not root; empty where this process may not change users.
/// Errc::not_found.
[[nodiscard]] Result<std::string> child_user(std::initializer_list<std::string_view> names);

class HelperChildren {
 public:
  struct What {
    std::string_view program;             // its name
    std::string file;                     // its path; empty: beside this process's own program
    std::string user;                     // whom it is to become; empty: it stays who it is, without capabilities
    std::vector<std::string> environment = {};
  };
  Result<std::unique_ptr<device::HelperProcess>> start(const What& what);
  void tidy();

 private:
  class Child;
  std::shared_ptr<std::vector<pid_t>> dying_ = std::make_shared<std::vector<pid_t>>();  // killed, not reaped yet
};

}  // namespace kw::platform
