#pragma once
// LinuxHardwarePort reads a machine's components from sysfs, the DMI tables and /proc, all below a root directory.
//
// Board, BIOS, processor, disks and network ports come from where the hardware digest has them; memory modules from the
// SMBIOS table (without one, the machine's whole memory in steps of 256 MiB); displays by their EDID; readers, printers
// and cameras by their USB class, or by the policy's list. Disks on USB are section "peripherals"'. What is not there
// is named in `missing`: "dmi", "memory.modules", "displays", "usb", "disk.sda.serial", ...
#include "device/hardware/inventory.h"

namespace kw::platform {

class LinuxHardwarePort final : public device::HardwarePort {
 public:
  explicit LinuxHardwarePort(std::string root = "/") : root_(std::move(root)) {}
  Result<device::HardwareSeen> look(const std::set<std::string>& readers) override;

 private:
  std::string root_;
};

}  // namespace kw::platform
