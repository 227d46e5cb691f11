#include "platform/linux/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "platform/linux/os_error.h"
#include "platform/linux/spawn.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

using Steady = std::chrono::steady_clock;

// Child kills and reaps whatever still runs when it goes out of scope.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

// Takes what a pipe has; closes it at its end.
template <class Take>
Result<> drain(UniqueFd& from, std::size_t& so_far, std::size_t most, const Take& take) {
  std::array<char, 16384> part{};
  const auto n = ::read(from.get(), part.data(), part.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN ? Result<>{} : Result<>(os_error(errno, "read from process"));
  if (n == 0) from.reset();
  so_far += static_cast<std::size_t>(n);
  if (so_far > most) return fail(Errc::too_large, "output of process");
  return take(std::string_view(part.data(), static_cast<std::size_t>(n)));
}

// Gives a pipe what it takes; closes it when everything is written, or when the child has stopped reading.
Result<> feed(UniqueFd& to, std::string_view& from) {
  if (!from.empty()) {
    const auto n = ::send(to.get(), from.data(), from.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (n < 0 && errno != EPIPE && errno != ECONNRESET) return fail_os("write to process");
    from.remove_prefix(n < 0 ? from.size() : static_cast<std::size_t>(n));
  }
  if (from.empty()) to.reset();
  return {};
}

}  // namespace

Result<ProcessOutcome> run_process(const ProcessRequest& request) {
  if (request.arguments.empty()) return fail(Errc::invalid, "no program named");
  const auto give_up = Steady::now() + request.deadline;
  KW_TRY(auto in, stream_pair());
  KW_TRY(auto out, pipe_pair());
  KW_TRY(auto err, pipe_pair());
  KW_TRY(const auto pid, spawn(request.arguments, {in.theirs.get(), out.theirs.get(), err.theirs.get()}));
  Child child(pid);
  in.theirs.reset();
  out.theirs.reset();
  err.theirs.reset();

  ProcessOutcome outcome;
  const auto keep_in = [](std::string& text) {
    return [&text](std::string_view part) -> Result<> {
      text += part;
      return {};
    };
  };
  const auto take = request.take ? request.take : keep_in(outcome.out);
  std::size_t out_size = 0, err_size = 0;
  std::string_view input = request.input;
  KW_CHECK(feed(in.ours, input));
  while (out.ours || err.ours) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - Steady::now()).count();
    if (left <= 0) return fail(Errc::timeout, request.arguments.front());
    std::array<pollfd, 3> fds{{{in.ours.get(), POLLOUT, 0}, {out.ours.get(), POLLIN, 0}, {err.ours.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(left)) < 0 && errno != EINTR) return fail_os("poll");
    if (in.ours && fds[0].revents != 0) KW_CHECK(feed(in.ours, input));
    if (out.ours && fds[1].revents != 0) KW_CHECK(drain(out.ours, out_size, request.most_output, take));
    if (err.ours && fds[2].revents != 0) KW_CHECK(drain(err.ours, err_size, request.most_output, keep_in(outcome.err)));
  }
  // Both outputs are closed: the child has ended, or is about to. One that lingers is waited for by its pidfd.
  const UniqueFd handle(open_pidfd(pid));
  if (!handle) return fail_os("watch process");
  pollfd ended{handle.get(), POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - Steady::now()).count();
    const int ready = ::poll(&ended, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return fail_os("poll");
    if (left <= 0) return fail(Errc::timeout, request.arguments.front());
  }
  outcome.exit_code = child.wait();
  return outcome;
}

}  // namespace kw::platform
