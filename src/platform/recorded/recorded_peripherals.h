#pragma once
// RecordedPeripherals and its kin play a machine's ports, hot-plug news, keys and readers, for tests. Never shipped.
//
// Thread-safe where real ones are called from two threads: the port. fail_next() makes the next call of the port fail.
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "device/peripherals/peripheral.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class RecordedPeripherals final : public device::PeripheralPort {
 public:
  explicit RecordedPeripherals(std::string name = "recorded") : name_(std::move(name)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  Result<device::PeripheralsSeen> list() override;
  Result<> authorise(const device::Peripheral& device) override;
  Result<> block(const device::Peripheral& device) override;
  [[nodiscard]] Result<std::string> before() override;
  Result<> close(const device::v1::PeripheralPolicy& policy) override;
  Result<> open(const std::string& before) override;

  /// plug adds a device, in place of one of the same handle; it is let in where the machine is open.
  void plug(device::Peripheral device);
  void unplug(const std::string& handle);
  [[nodiscard]] bool authorised(const std::string& handle) const;
  [[nodiscard]] bool closed() const;
  void set_boot_default(std::string value);
  /// lose makes every call fail until the next lose(nullopt), as an enforcer that has died.
  void lose(std::optional<Error> error);
  [[nodiscard]] std::vector<std::string> calls() const;  // "authorise 1-1", "block 1-2", "close", "open"

 private:
  Result<> set(const device::Peripheral& device, bool in);
  std::string name_;
  mutable std::mutex mutex_;
  std::map<std::string, device::Peripheral> devices_;
  std::string boot_default_ = "-1";
  bool closed_ = false;
  std::optional<Error> lost_;
  std::vector<std::string> calls_;
};

/// RecordedHotplug tells news that a test pushes.
class RecordedHotplug final : public device::HotplugPort {
 public:
  Result<int> open() override;
  Result<News> read() override;
  void push(News news);

 private:
  UniqueFd wake_;
  std::deque<News> waiting_;
};

/// RecordedKeys gives a pipe for each keyboard; press() writes moments into it.
class RecordedKeys final : public device::KeyPort {
 public:
  Result<int> open(const std::string& node) override;
  Result<std::vector<Duration>> read(int fd) override;
  void close(int fd) override;
  void press(const std::string& node, const std::vector<Duration>& at);
  void unplug(const std::string& node);
  [[nodiscard]] bool listening(const std::string& node) const { return keyboards_.contains(node); }

 private:
  struct Keyboard {
    UniqueFd ours, theirs;
  };
  std::map<std::string, Keyboard> keyboards_;
};

class RecordedModules final : public device::ModulePort {
 public:
  Result<std::string> module_of(const std::string& serial_line) override;
  void set(const std::string& serial_line, std::string number);

 private:
  std::map<std::string, std::string> numbers_;
};

}  // namespace kw::platform
