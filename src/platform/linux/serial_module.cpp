#include "platform/linux/serial_module.h"

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
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

constexpr auto kModuleAnswer = std::chrono::seconds(1);

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

Result<std::string> ask(int fd) {
  const auto request = device::sam_request();
  if (::write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
    return fail_os("serial line");
  const auto end = std::chrono::steady_clock::now() + kModuleAnswer;
  Bytes reply;
  while (reply.size() < 256) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{fd, POLLIN, 0};
    const int ready = left.count() > 0 ? ::poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return fail(Errc::timeout, "the reader does not answer");
    std::array<Byte, 64> part{};
    const auto n = ::read(fd, part.data(), part.size());
    if (n <= 0) return fail(Errc::io, "serial line");
    append(reply, ByteView(part.data(), static_cast<std::size_t>(n)));
    auto number = device::parse_sam_reply(reply);
    if (number || number.code() != Errc::truncated) return number;
  }
  return fail(Errc::malformed, "the reader's answer has no end");
}

}  // namespace

Result<std::string> SerialModule::module_of(const std::string& serial_line) {
  const UniqueFd fd(::open((root_ + serial_line).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == EBUSY) return fail(Errc::unavailable, "the line is in use");
  if (!fd) return fail_os(serial_line);
  KW_CHECK(prepare(fd.get()));
  auto number = ask(fd.get());
  ::ioctl(fd.get(), TIOCNXCL);
  return number;
}

}  // namespace kw::platform
