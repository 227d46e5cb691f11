#include "platform/linux/evdev_code_reader.h"

#include <fcntl.h>
#include <linux/input.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::size_t kEventsAtOnce = 256, kMostReads = 64;

/// What was read of a scanner is wiped behind whoever read it.
struct KeyEvents {
  std::array<input_event, kEventsAtOnce> events{};
  KeyEvents() = default;
  KeyEvents(const KeyEvents&) = delete;
  KeyEvents& operator=(const KeyEvents&) = delete;
  ~KeyEvents() { wipe({reinterpret_cast<Byte*>(events.data()), sizeof events}); }
};

}  // namespace

Result<> EvdevCodeReader::open() {
  close();
  UniqueFd fd(::open(node_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return fail_os(node_);
  struct stat about{};
  if (::fstat(fd.get(), &about) != 0) return fail_os(node_);
  // A recorded stream is no device: it cannot be taken, and has one clock.
  if (S_ISCHR(about.st_mode)) {
    if (::ioctl(fd.get(), EVIOCGRAB, 1) != 0)
      return errno == EBUSY ? Result<>(fail(Errc::unavailable, "the scanner is in use")) : Result<>(fail_os(node_));
    int clock = CLOCK_MONOTONIC;
    if (::ioctl(fd.get(), EVIOCSCLOCKID, &clock) != 0) return fail_os(node_);
  }
  fd_ = std::move(fd);
  return {};
}

Result<std::vector<SecretBytes>> EvdevCodeReader::take() {
  std::vector<SecretBytes> out;
  if (!fd_) return fail(Errc::closed, "scanner");
  KeyEvents room;
  for (std::size_t reads = 0; reads < kMostReads; ++reads) {
    const auto n = ::read(fd_.get(), room.events.data(), sizeof room.events);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return out;
    if (n <= 0) {
      const bool gone = n == 0 || errno == ENODEV;
      if (!out.empty()) return out;  // the end is told by the next call
      if (!gone) return fail_os("scanner");
      close();
      return fail(Errc::closed, "scanner");
    }
    if (static_cast<std::size_t>(n) % sizeof(input_event) != 0) return fail(Errc::malformed, "half an input event");
    for (std::size_t i = 0; i < static_cast<std::size_t>(n) / sizeof(input_event); ++i) {
      const auto& event = room.events.at(i);
      if (event.type != EV_KEY) continue;
      // A time that a recorded stream makes up is bounded before it is counted with.
      const auto seconds = static_cast<std::int64_t>(event.input_event_sec) % 3'155'760'000;
      const auto micros = static_cast<std::int64_t>(event.input_event_usec) % 1'000'000;
      auto text =
          wedge_.key(event.code, event.value, std::chrono::seconds(seconds) + std::chrono::microseconds(micros));
      if (text) out.push_back(std::move(*text));
    }
  }
  return out;
}

void EvdevCodeReader::close() {
  fd_.reset();
  wedge_ = device::KeyWedge();
}

}  // namespace kw::platform
