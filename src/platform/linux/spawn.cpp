#include "platform/linux/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <csignal>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

// The two posix_spawn objects, released whatever happens.
struct SpawnSetup {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  int prepare(std::array<int, 3> standard, bool session) {
    for (int i = 0; i < 3; ++i)
      if (const int e = ::posix_spawn_file_actions_adddup2(&actions, standard[static_cast<std::size_t>(i)], i))
        return e;
    // Belt and braces: libraries may open descriptors without close-on-exec.
    if (const int e = ::posix_spawn_file_actions_addclosefrom_np(&actions, 3)) return e;
    sigset_t all{}, none{};
    ::sigfillset(&all);
    ::sigemptyset(&none);
    if (const int e = ::posix_spawnattr_setsigdefault(&attributes, &all)) return e;
    if (const int e = ::posix_spawnattr_setsigmask(&attributes, &none)) return e;
    const int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (session ? POSIX_SPAWN_SETSID : 0);
    return ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  }
};

/// What exec() wants: pointers, and a null at the end. Points into `words`.
std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<Channel> pipe_pair() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return fail_os("pipe");
  Channel out{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (::fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) return fail_os("pipe");
  return out;
}

namespace {

Result<Channel> socket_pair(int type) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) != 0) return fail_os("socket pair");
  Channel out{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (::fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) return fail_os("socket pair");
  return out;
}

}  // namespace

Result<Channel> stream_pair() { return socket_pair(SOCK_STREAM); }
Result<Channel> packet_pair() { return socket_pair(SOCK_SEQPACKET); }

Result<pid_t> spawn(const std::vector<std::string>& arguments, std::array<int, 3> standard,
                    const SpawnOptions& options) {
  SpawnSetup setup;
  if (const int e = setup.prepare(standard, options.session)) return Result<pid_t>(os_error(e, "prepare process"));
  auto words = arguments, settings = options.environment;
  const auto argv = pointers(words), environment = pointers(settings);
  pid_t pid = -1;
  const char* file = options.file.empty() ? argv.front() : options.file.c_str();
  const int e = ::posix_spawnp(&pid, file, &setup.actions, &setup.attributes, argv.data(), environment.data());
  if (e != 0) return Result<pid_t>(os_error(e, "start " + arguments.front()));
  return pid;
}

int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace kw::platform
