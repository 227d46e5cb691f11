#include "shell/program_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <set>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/process_reader.h"
#include "platform/linux/spawn.h"

namespace kw::shell {
namespace {

using platform::fail_os;
using platform::UniqueFd;
using SteadyTime = std::chrono::steady_clock;

constexpr auto kLongestEnding = std::chrono::seconds(2);  // of processes that were killed
constexpr int kMostDescriptors = 1024;
constexpr int kLook = 5;  // milliseconds between two looks at them

/// What the supervisor says first, when the program runs or cannot.
struct Begun {
  pid_t program = 0;
  int error = 0;
};

template <class T>
void put(int to, const T& what) {
  while (::write(to, &what, sizeof what) < 0 && errno == EINTR) {
  }  // a reader that has gone needs none of it
}

/// A whole T, or nothing where the writer ended before.
template <class T>
bool get(int from, T& what) {
  for (;;) {
    const auto n = ::read(from, &what, sizeof what);
    if (n < 0 && errno == EINTR) continue;
    return n == static_cast<ssize_t>(sizeof what);  // smaller than PIPE_BUF: in one piece
  }
}

/// Processes below this one, nearest first.
std::vector<pid_t> descendants() {
  std::multimap<int, int> children;
  for (const int pid : platform::all_processes()) {
    const auto text = platform::read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
    device::ProcessFacts facts;
    if (text && platform::parse_process_stat(text_of(*text), facts)) children.emplace(facts.parent, pid);
  }
  std::vector<pid_t> out;
  std::set<pid_t> seen{::getpid()};
  std::vector<pid_t> next{::getpid()};
  while (!next.empty()) {
    const pid_t parent = next.back();
    next.pop_back();
    for (auto [at, end] = children.equal_range(parent); at != end; ++at)
      if (seen.insert(at->second).second) {
        out.push_back(at->second);
        next.push_back(at->second);
      }
  }
  return out;
}

/// Kills every descendant, again and again until none is left or the time is over; gives how many there were.
std::uint32_t end_descendants() {
  std::set<pid_t> killed;
  const auto end = SteadyTime::now() + kLongestEnding;
  for (;;) {
    pid_t gone = 0;
    while ((gone = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if ((gone < 0 && errno == ECHILD) || SteadyTime::now() > end) break;
    for (const pid_t pid : descendants())
      if (::kill(pid, SIGKILL) == 0) killed.insert(pid);
    ::poll(nullptr, 0, kLook);
  }
  return static_cast<std::uint32_t>(killed.size());
}

std::vector<char*> null_ended(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

void all_signals_as_usual() {
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// All of them are close-on-exec already; a library may have forgotten one.
void close_the_rest_at_exec() {
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int fd = 3; fd < kMostDescriptors; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);  // before Linux 5.11
}

/// In the child that becomes the program; comes back where it cannot.
void become_program(RunRequest& request, pid_t supervisor) {
  auto words = request.arguments;
  words.insert(words.begin(), request.program);
  const auto argv = null_ended(words), environment = null_ended(request.environment);
  all_signals_as_usual();
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || ::getppid() != supervisor) return;
  const int nothing = ::open("/dev/null", O_RDWR);  // what a browser says may name pages and people: nobody keeps it
  if (::setsid() < 0 || nothing < 0 || ::chdir(request.home.c_str()) != 0) return;
  for (int fd = 0; fd <= 2; ++fd)
    if (::dup2(nothing, fd) < 0) return;
  ::umask(0077);
  close_the_rest_at_exec();
  ::execve(request.program.c_str(), argv.data(), environment.data());
}

Begun start_program(RunRequest& request) {
  std::array<int, 2> trouble{};
  if (::pipe2(trouble.data(), O_CLOEXEC) != 0) return {0, errno};
  const pid_t supervisor = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    errno = 0;
    const int up = ::fcntl(trouble[1], F_DUPFD_CLOEXEC, 3);
    become_program(request, supervisor);
    put(up, errno == 0 ? ECHILD : errno);
    ::_exit(127);
  }
  const int why = errno;
  ::close(trouble[1]);
  const UniqueFd heard(trouble[0]);
  if (pid < 0) return {0, why};
  int error = 0;
  if (!get(heard.get(), error)) return {pid, 0};
  ::waitpid(pid, nullptr, 0);
  return {0, error};
}

/// What the supervisor waits for: the program's end, or a word to end it.
RunReport watch_program(pid_t program, const sigset_t& heard) {
  RunReport out;
  for (;;) {
    const int number = ::sigwaitinfo(&heard, nullptr);
    if (number == SIGTERM) {
      out.how = RunReport::How::ended;
      return out;
    }
    int status = 0;
    for (pid_t gone = 0; (gone = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (gone != program) continue;  // what somebody left
      out.how = WIFSIGNALED(status) ? RunReport::How::signalled : RunReport::How::exited;
      out.number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
      return out;
    }
  }
}

[[noreturn]] void supervise(RunRequest request, pid_t parent, int report) {
  ::prctl(PR_SET_NAME, "kioskward-run", 0, 0, 0);
  std::signal(SIGTERM, SIG_DFL);  // blocked before the fork: nothing is lost
  sigset_t heard{};
  ::sigemptyset(&heard);
  ::sigaddset(&heard, SIGTERM);
  ::sigaddset(&heard, SIGCHLD);
  RunReport out;
  if (!become_reaper() || ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || ::getppid() != parent) ::_exit(1);
  const auto begun = start_program(request);
  put(report, begun);
  if (begun.program == 0) {
    out.how = RunReport::How::not_started;
    out.number = begun.error;
  } else {
    out = watch_program(begun.program, heard);
    out.killed = end_descendants();
    if (out.how == RunReport::How::ended && out.killed > 0) --out.killed;  // the program itself
  }
  if (request.wipe) out.wiped = wipe(request.home);
  put(report, out);
  ::_exit(0);
}

}  // namespace

Result<> become_reaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return fail_os("become a reaper");
  return {};
}

std::string leftover_mark(const std::string& profiles) { return "KIOSKWARD_SHELL=" + profiles; }

std::uint32_t end_leftovers(const std::string& mark) {
  std::uint32_t out = 0;
  for (const int pid : platform::all_processes()) {
    if (pid == ::getpid()) continue;
    // Another user's cannot be read.
    const auto environment = platform::read_file("/proc/" + std::to_string(pid) + "/environ", 1U << 20);
    if (!environment) continue;
    auto rest = text_of(*environment);
    while (!rest.empty()) {
      const auto entry = rest.substr(0, rest.find('\0'));
      rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
      if (entry != mark) continue;
      out += ::kill(pid, SIGKILL) == 0 ? 1 : 0;
      break;
    }
  }
  return out;
}

Result<std::unique_ptr<ProgramRun>> ProgramRun::start(const RunRequest& request) {
  std::unique_ptr<ProgramRun> out(new ProgramRun(request));
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) return fail_os("pipe");
  out->report_.reset(report[0]);
  UniqueFd theirs(report[1]);
  // Nothing of these may come between fork and sigwaitinfo.
  sigset_t heard{}, before{};
  ::sigemptyset(&heard);
  ::sigaddset(&heard, SIGTERM);
  ::sigaddset(&heard, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &heard, &before);
  const pid_t parent = ::getpid();
  out->supervisor_ = ::fork();
  if (out->supervisor_ == 0) supervise(request, parent, theirs.get());
  const int why = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (out->supervisor_ < 0) {
    errno = why;
    return fail_os("start the supervisor");
  }
  theirs.reset();
  out->handle_.reset(platform::open_pidfd(out->supervisor_));
  if (!out->handle_) return fail_os("watch the supervisor");
  Begun begun;
  if (get(out->report_.get(), begun)) out->program_ = begun.program;
  return out;
}

ProgramRun::~ProgramRun() { end(); }

void ProgramRun::end() {
  if (supervisor_ > 0) ::kill(supervisor_, SIGTERM);
}

RunReport ProgramRun::finish() {
  RunReport out;
  while (::waitpid(supervisor_, nullptr, 0) < 0 && errno == EINTR) {
  }
  supervisor_ = -1;
  const bool told = get(report_.get(), out);
  if (!told) out = {};
  out.killed += end_descendants();  // of a supervisor that was killed they are ours now
  if (!told && request_.wipe) out.wiped = wipe(request_.home);
  return out;
}

}  // namespace kw::shell
