#include "platform/recorded/recorded_peripherals.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/linux/os_error.h"

namespace kw::platform {

using device::Peripheral;

Result<device::PeripheralsSeen> RecordedPeripherals::list() {
  const std::lock_guard lock(mutex_);
  if (lost_) return tl::unexpected<Error>(*lost_);
  device::PeripheralsSeen out;
  for (const auto& [handle, one] : devices_) out.devices.push_back(one);
  out.boot_default = boot_default_;
  out.closed = closed_;
  return out;
}

Result<> RecordedPeripherals::set(const Peripheral& device, bool in) {
  const std::lock_guard lock(mutex_);
  if (lost_) return tl::unexpected<Error>(*lost_);
  const auto found = devices_.find(device.handle);
  if (found == devices_.end()) return fail(Errc::not_found, device.handle);
  auto& there = found->second;
  if (in && (there.generation != device.generation || there.digest != device.digest || there.serial != device.serial))
    return fail(Errc::conflict, device.handle);
  if (!in && (there.system || there.fixed)) return fail(Errc::wrong_state, device.handle);
  there.authorised = in;
  calls_.push_back((in ? "authorise " : "block ") + device.handle);
  return {};
}
Result<> RecordedPeripherals::authorise(const Peripheral& device) { return set(device, true); }
Result<> RecordedPeripherals::block(const Peripheral& device) { return set(device, false); }

Result<std::string> RecordedPeripherals::before() {
  const std::lock_guard lock(mutex_);
  if (lost_) return tl::unexpected<Error>(*lost_);
  return closed_ ? std::string() : std::string("gate 1\n");
}
Result<> RecordedPeripherals::close(const device::v1::PeripheralPolicy&) {
  const std::lock_guard lock(mutex_);
  if (lost_) return tl::unexpected<Error>(*lost_);
  calls_.emplace_back("close");
  closed_ = true;
  return {};
}
Result<> RecordedPeripherals::open(const std::string& before) {
  const std::lock_guard lock(mutex_);
  if (lost_) return tl::unexpected<Error>(*lost_);
  calls_.emplace_back("open");
  if (before.empty() || before.find("gate 1\n") != std::string::npos) closed_ = false;
  return {};
}

void RecordedPeripherals::plug(Peripheral device) {
  const std::lock_guard lock(mutex_);
  device.authorised = device.authorised || device.fixed || !closed_;
  devices_[device.handle] = std::move(device);
}
void RecordedPeripherals::unplug(const std::string& handle) {
  const std::lock_guard lock(mutex_);
  devices_.erase(handle);
}
bool RecordedPeripherals::authorised(const std::string& handle) const {
  const std::lock_guard lock(mutex_);
  const auto found = devices_.find(handle);
  return found != devices_.end() && found->second.authorised;
}
bool RecordedPeripherals::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}
void RecordedPeripherals::set_boot_default(std::string value) {
  const std::lock_guard lock(mutex_);
  boot_default_ = std::move(value);
}
void RecordedPeripherals::lose(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  lost_ = std::move(error);
}
std::vector<std::string> RecordedPeripherals::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Result<int> RecordedHotplug::open() {
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return fail_os("eventfd");
  return wake_.get();
}
Result<device::HotplugPort::News> RecordedHotplug::read() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto n = ::read(wake_.get(), &count, sizeof count);  // nothing waits: nothing to take away
  News out;
  for (const auto& one : waiting_) {
    out.devices = out.devices || one.devices;
    out.lost += one.lost;
  }
  waiting_.clear();
  return out;
}
void RecordedHotplug::push(News news) {
  waiting_.push_back(news);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(wake_.get(), &one, sizeof one);  // cannot fail before 2^64 - 1 pushes
}

Result<int> RecordedKeys::open(const std::string& node) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail_os("pipe");
  auto& made = keyboards_[node];
  made.ours.reset(ends[1]);
  made.theirs.reset(ends[0]);
  return ends[0];
}
Result<std::vector<Duration>> RecordedKeys::read(int fd) {
  std::array<Duration, 256> down{};
  const auto n = ::read(fd, down.data(), sizeof down);
  if (n < 0 && errno == EAGAIN) return std::vector<Duration>{};
  if (n <= 0) return fail(Errc::closed, "keyboard");
  return std::vector<Duration>(down.begin(), down.begin() + n / static_cast<ssize_t>(sizeof(Duration)));
}
void RecordedKeys::close(int fd) {
  std::erase_if(keyboards_, [&](const auto& one) { return one.second.theirs.get() == fd; });
}
void RecordedKeys::press(const std::string& node, const std::vector<Duration>& at) {
  const auto found = keyboards_.find(node);
  if (found == keyboards_.end()) return;
  const auto size = at.size() * sizeof(Duration);
  [[maybe_unused]] const auto n = ::write(found->second.ours.get(), at.data(), size);  // a pipe takes 64 KiB at once
}
void RecordedKeys::unplug(const std::string& node) {
  const auto found = keyboards_.find(node);
  if (found != keyboards_.end()) found->second.ours.reset();
}

Result<std::string> RecordedModules::module_of(const std::string& serial_line) {
  const auto found = numbers_.find(serial_line);
  if (found == numbers_.end()) return fail(Errc::unavailable, "the line is in use");
  return found->second;
}
void RecordedModules::set(const std::string& serial_line, std::string number) {
  numbers_[serial_line] = std::move(number);
}

}  // namespace kw::platform
