#include "platform/linux/end_process.h"

#include <sys/syscall.h>

#include <cerrno>
#include <csignal>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/spawn.h"

namespace kw::platform {

Result<> end_process(int pid, std::uint64_t started) {
  if (pid <= 1 || pid == ::getpid()) return fail(Errc::forbidden, "this process is not to be ended");
  const UniqueFd handle(open_pidfd(pid));
  if (!handle && errno == ESRCH) return fail(Errc::not_found, "the process has ended");
  if (!handle) return fail_os("end process");
  if (started_at(pid) != started) return fail(Errc::not_found, "the process has ended");
  if (::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0) == 0) return {};
  return errno == ESRCH ? Result<>(fail(Errc::not_found, "the process has ended")) : fail_os("end process");
}

bool process_runs(int pid, std::uint64_t started) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text || started_at(pid) != started) return false;
  const auto stat = text_of(*text);
  const auto close = stat.rfind(')');
  const auto state = close == std::string_view::npos || close + 2 >= stat.size() ? 'X' : stat[close + 2];
  return state != 'Z' && state != 'X';
}

}  // namespace kw::platform
