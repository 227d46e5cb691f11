#include "platform/linux/linux_shell_machine.h"

#include <sys/stat.h>

#include <cerrno>

#include "device/shell/browser_policies.h"
#include "platform/linux/account.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/end_process.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/restored_file.h"

namespace kw::platform {
namespace {

/// Everybody may read what managed policies say; the agent's umask would keep the browser out of folders made here.
Result<> make_folders_for_all(const std::string& folder) {
  for (auto slash = folder.find('/', 1); slash != std::string::npos; slash = folder.find('/', slash + 1)) {
    const auto one = folder.substr(0, slash);
    if (::mkdir(one.c_str(), 0755) == 0) {
      if (::chmod(one.c_str(), 0755) != 0) return fail_os("open " + one);
    } else if (errno != EEXIST) {
      return fail_os("make " + one);
    }
  }
  return {};
}

}  // namespace

Result<std::optional<device::ShownProgram>> LinuxShellMachine::find(const std::string& program,
                                                                      const std::string& user) {
  KW_TRY(const auto account, find_account(user.empty() ? user_ : user));
  std::optional<device::ShownProgram> out;
  for (const int pid : all_processes()) {
    struct stat look{};
    if (::stat(("/proc/" + std::to_string(pid)).c_str(), &look) != 0 || look.st_uid != account.uid) continue;
    if (program_path(pid) != program) continue;
    const device::ShownProgram found{pid, started_at(pid)};
    // A browser runs itself many times: the first of them is the program.
    if (found.started != 0 && (!out || found.started < out->started)) out = found;
  }
  return out;
}

bool LinuxShellMachine::runs(const device::ShownProgram& program) {
  return process_runs(program.pid, program.started);
}

Result<std::optional<std::string>> LinuxShellMachine::read_policies() {
  const auto file = read_file_itself(places_.policies, device::kMostBrowserPolicies);
  if (file) return std::optional(std::string(text_of(*file)));
  if (file.code() == Errc::not_found) return std::optional<std::string>();
  // A link, a directory, something huge: whatever it is, it is not ours.
  if (file.code() != Errc::not_permitted) return std::optional<std::string>("?");
  return file.error();
}

Result<> LinuxShellMachine::write_policies(const std::string& text) {
  KW_CHECK(make_folders_for_all(places_.policies));
  device::KeyFileContent file;
  file.content = Bytes(text.begin(), text.end());
  return restore_file(places_.policies, file);
}

Result<> LinuxShellMachine::remove_policies() { return remove_file_durably(places_.policies); }

}  // namespace kw::platform
