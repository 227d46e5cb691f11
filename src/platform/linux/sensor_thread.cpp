#include "platform/linux/sensor_thread.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <system_error>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

void loop(Readable& reader, int wake) {
  reader.begin();
  for (;;) {
    std::array<pollfd, 2> fds{{{wake, POLLIN, 0}, {reader.descriptor(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;  // EINTR; nothing else can happen to two good descriptors
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0) reader.ready();
  }
}

}  // namespace

Result<> SensorThread::start(std::unique_ptr<Readable> reader) {
  if (running()) return fail(Errc::wrong_state, "sensor runs already");
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_os("eventfd");
  reader_ = std::move(reader);
  wake_ = std::move(wake);
  try {
    thread_ = std::thread([this] { loop(*reader_, wake_.get()); });
  } catch (const std::system_error& error) {
    reader_.reset();
    return fail(Errc::unavailable, std::string("no thread for a sensor: ") + error.what());
  }
  return {};
}

void SensorThread::stop() {
  if (!running()) return;
  // An eventfd that was made with count 0 takes one 1 without blocking: this write cannot fail.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
  reader_.reset();
  wake_.reset();
}

}  // namespace kw::platform
