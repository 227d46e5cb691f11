#pragma once
// UsbguardPeripherals is the PeripheralPort over USBGuard's daemon, which is asked through its own command (GPL: a
// process of its own). Cards, and reading, stay with the kernel's files.
//
// The daemon gets the policy's rules in place of its own and blocks by default, so that it holds without an agent; what
// it had before is kept by the caller and put back by open(). Whether it still lives and still has those rules is asked
// at most every kAsk: each question is a process. Errc::unavailable as soon as it does not answer.
#include "platform/linux/sysfs_peripherals.h"
#include "platform/linux/usbguard_text.h"

namespace kw::platform {

class UsbguardPeripherals final : public device::PeripheralPort {
 public:
  static constexpr Duration kAsk = std::chrono::seconds(10);
  UsbguardPeripherals(std::unique_ptr<SysfsPeripherals> machine, const Clock& clock, std::string program = "usbguard");

  [[nodiscard]] std::string_view name() const noexcept override { return "usbguard"; }
  Result<device::PeripheralsSeen> list() override;
  Result<> authorise(const device::Peripheral& device) override;
  Result<> block(const device::Peripheral& device) override;
  [[nodiscard]] Result<std::string> before() override;
  Result<> close(const device::v1::PeripheralPolicy& policy) override;
  Result<> open(const std::string& before) override;

 private:
  Result<std::string> ask(std::vector<std::string> arguments) const;
  Result<std::vector<UsbguardLine>> rules() const;
  Result<> replace_rules(const std::vector<std::string>& wanted);
  Result<> set(const device::Peripheral& device, const char* action);

  std::unique_ptr<SysfsPeripherals> machine_;
  const Clock& clock_;
  std::string program_;
  std::vector<std::string> wanted_;  // rules that close() installed
  std::optional<Duration> asked_;
  bool as_wanted_ = false;  // what the daemon said when it was asked
};

}  // namespace kw::platform
