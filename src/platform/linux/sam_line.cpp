#include "platform/linux/sam_line.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "device/peripherals/sam_module.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::size_t kMostSamAnswer = 5 + 2 + device::kMostSamBody;

Result<> prepare(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::ioctl(fd, TIOCEXCL) != 0)
    return fail(Errc::unavailable, "the line is in use");
  termios line{};
  if (::tcgetattr(fd, &line) != 0) return fail_os("serial line");
  ::cfmakeraw(&line);
  ::cfsetspeed(&line, B115200);
  line.c_cflag |= CLOCAL | CREAD;
  if (::tcsetattr(fd, TCSANOW, &line) != 0) return fail_os("serial line");
  ::tcflush(fd, TCIOFLUSH);
  return {};
}

}  // namespace

Result<SamLine> SamLine::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == EBUSY) return fail(Errc::unavailable, "the line is in use");
  if (!fd) return fail_os(path);
  KW_CHECK(prepare(fd.get()));
  return SamLine(std::move(fd));
}

SamLine::~SamLine() {
  if (fd_) ::ioctl(fd_.get(), TIOCNXCL);
}

Result<SecretBytes> SamLine::ask(ByteView command, Duration most) {
  if (::write(fd_.get(), command.data(), command.size()) != static_cast<ssize_t>(command.size()))
    return fail_os("serial line");
  const auto end = std::chrono::steady_clock::now() + most;
  SecretBytes answer(kMostSamAnswer);
  std::size_t size = 0;
  while (size < answer.size()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{fd_.get(), POLLIN, 0};
    const int ready = left.count() > 0 ? ::poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return fail(Errc::timeout, "the reader does not answer");
    const auto n = ::read(fd_.get(), answer.reveal_mutable().data() + size, answer.size() - size);
    if (n <= 0) return fail(Errc::io, "serial line");
    size += static_cast<std::size_t>(n);
    const auto whole = answer.reveal().first(size);
    const auto parsed = device::sam_answer(whole);
    if (parsed) return SecretBytes::copy_of(whole);
    if (parsed.code() != Errc::truncated) return parsed.error();
  }
  return fail(Errc::malformed, "the reader's answer has no end");
}

}  // namespace kw::platform
