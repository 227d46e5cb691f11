#include "platform/linux/children.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "platform/linux/privileges.h"

namespace kw::platform {

Result<std::string> child_user(std::initializer_list<std::string_view> names) {
  if (::geteuid() != 0 || !may_change_user()) return std::string();
  for (const auto name : names)
    if (const auto account = find_account(std::string(name)); account && account->uid != 0) return std::string(name);
  return fail(Errc::not_found, "no user for " + std::string(*names.begin()));
}

Result<std::string> beside_this_program(std::string_view program) {
  std::error_code ec;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) return fail(Errc::io, "/proc/self/exe: " + ec.message());
  return (own.parent_path() / program).string();
}

void DyingChildren::end(pid_t pid) {
  ::kill(pid, SIGKILL);
  pids_.push_back(pid);
}

void DyingChildren::tidy() {
  std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

}  // namespace kw::platform
