#pragma once
// SysfsPeripherals is the PeripheralPort that the kernel itself is: "authorized" of USB devices, drivers of cards.
//
// Reads /sys/bus/usb/devices and /sys/bus/mmc/devices. A card is let in by binding its block driver and kept out by
// unbinding it. close() writes 0 to each bus's authorized_default and to the card bus's drivers_autoprobe.
// Between look and act a device can be swapped for another at the same port: authorise() compares enumeration and
// descriptors before and after, and takes a device that changed under it out again (Errc::conflict).
// SDIO functions are no memory cards: they are network and radio adapters, and section interfaces' to judge.
// Blocking: a driver's probe or removal happens inside the write.
#include <map>
#include <memory>

#include "device/peripherals/peripheral.h"
#include "platform/linux/sys_tree.h"

namespace kw::platform {

class SysfsPeripherals final : public device::PeripheralPort {
 public:
  /// `system_device` is the root file system's "major:minor"; empty: asked of "/" itself.
  explicit SysfsPeripherals(std::unique_ptr<SysTree> tree, std::string system_device = {});

  [[nodiscard]] std::string_view name() const noexcept override { return "sysfs"; }
  Result<device::PeripheralsSeen> list() override;
  Result<> authorise(const device::Peripheral& device) override;
  Result<> block(const device::Peripheral& device) override;
  [[nodiscard]] Result<std::string> before() override;
  Result<> close(const device::v1::PeripheralPolicy& policy) override;
  Result<> open(const std::string& before) override;

  /// check_same: not_found where the device has gone, conflict where another stands in its place.
  Result<> check_same(const device::Peripheral& device) const;
  [[nodiscard]] bool authorised(const device::Peripheral& device) const;

 private:
  [[nodiscard]] std::vector<std::string> gates() const;  // the files that let new devices in
  [[nodiscard]] bool carries_system(const std::string& directory) const;
  [[nodiscard]] device::Peripheral read_usb(const std::string& name) const;
  [[nodiscard]] device::Peripheral read_card(const std::string& name) const;
  void find_nodes(const std::string& directory, int depth, device::Peripheral& into) const;
  Result<> set(const device::Peripheral& device, bool in);

  std::unique_ptr<SysTree> tree_;
  std::vector<std::string> system_;  // directories of the block devices that "/" stands on
};

}  // namespace kw::platform
