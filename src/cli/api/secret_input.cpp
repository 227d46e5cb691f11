#include "cli/api/secret_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ostream>

#include "platform/linux/os_error.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMostLine = 1024;

/// A terminal without echo, for as long as it lives. Signals that would end the process wait until the echo is back.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd) {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ending, one);
    sigset_t held = ending;
    sigaddset(&held, SIGTSTP);
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_);
    signals_ = platform::UniqueFd(::signalfd(-1, &ending, SFD_CLOEXEC));
    good_ = signals_ && ::tcgetattr(fd_, &before_) == 0;
    if (!good_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    good_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    if (good_) ::tcsetattr(fd_, TCSADRAIN, &before_);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  [[nodiscard]] bool good() const { return good_; }
  /// wait returns once the terminal has input; Errc::cancelled where a signal waits.
  [[nodiscard]] Result<> wait() const {
    std::array<pollfd, 2> both{pollfd{fd_, POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
    while (::poll(both.data(), both.size(), -1) < 0)
      if (errno != EINTR) return platform::fail_os("terminal");
    return both[1].revents != 0 ? Result<>(fail(Errc::cancelled, "signal")) : Result<>();
  }

 private:
  int fd_;
  bool good_ = false;
  termios before_{};
  sigset_t mask_{};
  platform::UniqueFd signals_;
};

/// read_line takes octets one by one, so that what follows the line stays for whoever reads next.
Result<SecretBytes> read_line(int fd, const QuietTerminal* terminal) {
  SecretBytes line(kMostLine);
  std::size_t size = 0;
  while (true) {
    if (terminal != nullptr) KW_CHECK(terminal->wait());
    Byte octet = 0;
    const auto got = ::read(fd, &octet, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return platform::fail_os("read");
    if (got == 0 && size == 0) return fail(Errc::truncated);
    if (got == 0 || octet == '\n') break;
    if (size == kMostLine)
      return fail(Errc::too_large, "a secret of more than " + std::to_string(kMostLine) + " octets");
    line.reveal_mutable()[size++] = octet;
  }
  if (size > 0 && line.reveal()[size - 1] == '\r') --size;  // a file from elsewhere
  return SecretBytes::copy_of(line.reveal().first(size));
}

}  // namespace

Result<SecretInput> SecretInput::open(Terminal& terminal, const std::string& file) {
  if (file.empty()) return SecretInput(terminal, {});
  platform::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return platform::fail_os(file);
  if (!S_ISREG(facts.st_mode) && !S_ISFIFO(facts.st_mode)) return fail(Errc::unsupported, file + " is no file or pipe");
  if (S_ISREG(facts.st_mode) && (facts.st_mode & 077) != 0)
    return fail(Errc::not_permitted, file + " is open to others (chmod 600)");
  return SecretInput(terminal, std::move(fd));
}

bool SecretInput::interactive() const { return !file_ && ::isatty(terminal_->in) == 1; }

Result<SecretBytes> SecretInput::ask(std::string_view what) {
  if (file_) {
    auto line = read_line(file_.get(), nullptr);
    if (line || line.code() != Errc::truncated) return line;
    file_.reset();
  }
  const std::string wanted(what);
  if (!interactive()) {
    auto line = read_line(terminal_->in, nullptr);
    if (!line && line.code() == Errc::truncated) return fail(Errc::truncated, wanted + ": the input has ended");
    return line;
  }
  terminal_->out.flush();
  const QuietTerminal quiet(terminal_->in);
  if (!quiet.good()) return fail(Errc::io, "the terminal's echo cannot be turned off");
  terminal_->err << wanted << ": " << std::flush;
  auto line = read_line(terminal_->in, &quiet);
  terminal_->err << std::endl;
  if (!line && line.code() == Errc::truncated) return fail(Errc::truncated, wanted + ": the input has ended");
  return line;
}

}  // namespace kw::cli
