#include "platform/linux/document_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "device/egress/document.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

using device::ScanReply;
using device::ScanVerdict;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kMostDocument = std::size_t{64} << 20, kMostAnswer = 256, kMostWords = 64;
constexpr rlim_t kMemory = rlim_t{320} << 20, kSeconds = 20;
constexpr uid_t kNobody = 65534;

Result<> limit() {
  const std::pair<int, rlim_t> limits[] = {{RLIMIT_AS, kMemory}, {RLIMIT_CPU, kSeconds}, {RLIMIT_CORE, 0},
                                           {RLIMIT_FSIZE, 0},    {RLIMIT_NOFILE, 3},     {RLIMIT_NPROC, 0}};
  for (const auto& [what, most] : limits) {
    const rlimit both{most, most};
    if (::setrlimit(static_cast<__rlimit_resource>(what), &both) != 0) return fail_os("limit the document reader");
  }
  return {};
}

Result<Bytes> read_whole() {
  Bytes out;
  constexpr std::size_t kStep = std::size_t{1} << 20;
  for (;;) {
    const auto at = out.size();
    if (at > kMostDocument) return fail(Errc::too_large, "document");
    out.resize(at + kStep);
    const auto n = ::pread(STDIN_FILENO, out.data() + at, kStep, static_cast<off_t>(at));
    if (n < 0 && errno != EINTR) return fail_os("read the document");
    out.resize(at + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) return out;
  }
}

// Memory that runs short is this process's end, never the guard's, whose protection it has inherited.
Result<> be_first_to_go() {
  const UniqueFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  constexpr std::string_view kMost = "1000";
  if (!file || ::write(file.get(), kMost.data(), kMost.size()) < 0) return fail_os("score of the document reader");
  return {};
}

Result<> confine() {
  KW_CHECK(limit());
  KW_CHECK(may_change_user() ? become({kNobody, kNobody}) : drop_capabilities());
  KW_CHECK(refuse_debuggers());
  return only_compute();
}

/// The child's end, whatever comes.
struct SortedOut {
  pid_t pid = -1;
  SortedOut() = default;
  SortedOut(const SortedOut&) = delete;
  SortedOut& operator=(const SortedOut&) = delete;
  ~SortedOut() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    pid = -1;
    return status;
  }
};

}  // namespace

int document_child(std::span<const std::string> words) {
  const auto first = be_first_to_go();
  const auto document = first ? read_whole() : Result<Bytes>(first.error());
  const auto confined = document ? confine() : Result<>(document.error());
  if (!confined) {
    const auto text = confined.error().text() + "\n";
    [[maybe_unused]] const auto told = ::write(STDERR_FILENO, text.data(), text.size());
    return 1;
  }
  const auto answer =
      device::reading_text(device::read_document(*document, words.first(std::min(words.size(), kMostWords))));
  const auto told = ::write(STDOUT_FILENO, answer.data(), answer.size());
  ::_exit(told == static_cast<ssize_t>(answer.size()) ? 0
                                                      : 1);  // no library's farewell needs more than is allowed here
}

void DocumentScanner::use(const std::string& words) {
  const std::lock_guard lock(mutex_);
  words_.clear();
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find('\n', at), words.size());
    if (end > at) words_.push_back(words.substr(at, end - at));
    at = end + 1;
  }
}

Result<device::ScannerHello> DocumentScanner::hello(Duration most) {
  static_cast<void>(most);
  return device::ScannerHello{"document reader", "1", std::nullopt, ::getpid()};
}

Result<ScanReply> DocumentScanner::scan(int fd, Duration most, const Stop& stop) {
  const auto give_up = Steady::now() + most;
  std::vector<std::string> arguments{"kioskward-agent", std::string(kDocumentReader)};
  {
    const std::lock_guard lock(mutex_);
    arguments.insert(arguments.end(), words_.begin(), words_.end());
  }
  KW_TRY(auto answers, pipe_pair());
  SpawnOptions options;
  options.file = "/proc/self/exe";  // this very program, whatever its file is by now
  SortedOut child;
  KW_TRY(child.pid, spawn(arguments, {fd, answers.theirs.get(), STDERR_FILENO}, options));
  answers.theirs.reset();
  std::string answer;
  for (;;) {
    if (stop && stop()) return fail(Errc::cancelled, "the scan was ended");
    if (Steady::now() >= give_up) return fail(Errc::timeout, "the document reader takes too long");
    pollfd ready{answers.ours.get(), POLLIN, 0};
    if (::poll(&ready, 1, 200) <= 0) continue;
    std::array<char, kMostAnswer> part{};
    const auto n = ::read(answers.ours.get(), part.data(), part.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n < 0) return fail_os("document reader");
    if (n == 0) break;
    answer.append(part.data(), static_cast<std::size_t>(n));
    if (answer.size() > kMostAnswer) return fail(Errc::malformed, "the document reader talks too much");
  }
  const int status = child.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return ScanReply{ScanVerdict::failed, WIFSIGNALED(status)
                                              ? "document reader ended by signal " + std::to_string(WTERMSIG(status))
                                              : "document reader failed"};
  KW_TRY(auto reading, device::parse_reading(answer));
  using device::DocumentVerdict;
  const auto verdict = reading.verdict == DocumentVerdict::clean    ? ScanVerdict::clean
                       : reading.verdict == DocumentVerdict::marked ? ScanVerdict::infected
                                                                    : ScanVerdict::limited;
  return ScanReply{verdict, std::move(reading.detail)};
}

}  // namespace kw::platform
