#include "platform/linux/guest.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "platform/linux/os_error.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

constexpr int kPatience = 2000;  // milliseconds for a killed process to be gone
constexpr int kAttempts = 50;    // at removing a home, 2 ms apart

Result<std::filesystem::path> make_home(const std::optional<Account>& account) {
  std::error_code ec;
  auto pattern = (std::filesystem::temp_directory_path(ec) / "kioskward-guest-XXXXXX").string();
  if (ec) return Result<std::filesystem::path>(os_error(ec.value(), "TMPDIR"));
  if (::mkdtemp(pattern.data()) == nullptr) return fail_os("make " + pattern);
  if (account && ::chown(pattern.c_str(), account->uid, account->gid) != 0) {
    const auto problem = os_error(errno, "give away " + pattern);
    std::filesystem::remove(pattern, ec);
    return problem;
  }
  return std::filesystem::path(pattern);
}

std::vector<std::string> command(const GuestRequest& request, const std::filesystem::path& home) {
  std::vector<std::string> out{"setpriv", "--pdeathsig", "KILL"};
  if (request.account) {
    out.push_back("--reuid=" + std::to_string(request.account->uid));
    out.push_back("--regid=" + std::to_string(request.account->gid));
    out.emplace_back("--init-groups");
  }
  out.emplace_back("--");
  out.push_back(request.program);
  for (auto& argument : request.arguments(home)) out.push_back(std::move(argument));
  return out;
}

/// What the guest started is killed with it, but may still finish a system call: a file can appear while others go.
bool remove_home(const std::filesystem::path& home) {
  std::error_code ec;
  for (int i = 0; i < kAttempts; ++i) {
    std::filesystem::remove_all(home, ec);
    if (ec != std::errc::directory_not_empty) return !ec;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<Guest>> Guest::start(const GuestRequest& request) {
  std::unique_ptr<Guest> out(new Guest());
  KW_TRY(out->home_, make_home(request.account));
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return fail_os("open /dev/null");
  SpawnOptions options{{std::string(kPath), "HOME=" + out->home_.string(), "LC_ALL=C.UTF-8"}, true};
  options.environment.insert(options.environment.end(), request.environment.begin(), request.environment.end());
  KW_TRY(out->pid_, spawn(command(request, out->home_), {nothing.get(), nothing.get(), STDERR_FILENO}, options));
  out->handle_.reset(open_pidfd(out->pid_));
  if (!out->handle_) return fail_os("watch process");
  return out;
}

Guest::~Guest() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    pollfd ended{handle_.get(), POLLIN, 0};
    int ready = handle_ ? 0 : 1;
    while (handle_ && (ready = ::poll(&ended, 1, kPatience)) < 0 && errno == EINTR) {
    }
    if (ready > 0) reap();
  }
  if (!home_.empty()) remove_home(home_);  // nobody is left to tell
}

Result<> Guest::end() {
  if (pid_ > 0 && ::kill(-pid_, SIGKILL) != 0) return fail_os("end process");
  return {};
}

int Guest::reap() {
  if (pid_ <= 0) return 0;
  ::kill(-pid_, SIGKILL);  // what it started; the number is still its own until it is reaped
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (remove_home(home_)) home_.clear();  // else the destructor tries once more
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace kw::platform
