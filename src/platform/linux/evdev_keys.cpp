#include "platform/linux/evdev_keys.h"

#include <fcntl.h>
#include <linux/input.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "platform/linux/attributes.h"
#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

Result<std::vector<Duration>> parse_key_presses(ByteView records) {
  if (records.size() % sizeof(input_event) != 0) return fail(Errc::malformed, "half an input event");
  std::vector<Duration> out;
  for (std::size_t at = 0; at < records.size(); at += sizeof(input_event)) {
    const auto event = plain<input_event>(records, at).value();
    const bool button = event.code >= BTN_MISC && event.code < KEY_OK;
    if (event.type != EV_KEY || event.value != 1 || button) continue;
    // A record that a program injects can say any time: beyond 100 years it is no time.
    constexpr std::int64_t kMostSeconds = 3'155'760'000;
    if (event.input_event_sec < 0 || event.input_event_sec > kMostSeconds || event.input_event_usec < 0 ||
        event.input_event_usec >= 1'000'000)
      continue;
    out.push_back(std::chrono::seconds(event.input_event_sec) + std::chrono::microseconds(event.input_event_usec));
  }
  return out;
}

Result<int> EvdevKeys::open(const std::string& node) {
  UniqueFd fd(::open((root_ + node).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return fail_os(node);
  int clock = CLOCK_MONOTONIC;
  // Where the source has one clock only (a pipe in a test) its times serve as well: the gauge looks at distances.
  [[maybe_unused]] const int set = ::ioctl(fd.get(), EVIOCSCLOCKID, &clock);
  return fd.release();
}

Result<std::vector<Duration>> EvdevKeys::read(int fd) {
  std::array<Byte, sizeof(input_event) * 256> records{};
  const auto n = ::read(fd, records.data(), records.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::vector<Duration>{};
  if (n < 0 && errno == ENODEV) return fail(Errc::closed, "keyboard");
  if (n < 0) return fail_os("keyboard");
  if (n == 0) return fail(Errc::closed, "keyboard");
  return parse_key_presses(ByteView(records.data(), static_cast<std::size_t>(n)));
}

void EvdevKeys::close(int fd) { ::close(fd); }

}  // namespace kw::platform
