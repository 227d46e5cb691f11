#pragma once
// read_hardware collects what identifies this machine, for the hardware digest and the unique device ID.
//
// Sources, all below a root directory ("/" or a fixture): machine-id; dmi.{board_serial, board_vendor, board_name,
// product_uuid, product_serial}; cpu.model, cpu.serial (ARM boards); disk.<name>.{model, serial, wwid} for disks that
// have a hardware parent (no loop, ram, zram, dm, md); nic.<name>.permanent_mac for interfaces that have one.
// A source that the machine does not have, or that says a maker's filler ("To be filled by O.E.M.", "None", zeros), is
// reported without a value, never invented. The pinned interface is a source even without a hardware parent
// (a veth in a namespace): then nic.<name>.mac with its present address.
// Errors: not_found (no machine-id: there is no unique ID to stand on), malformed (a machine-id of wrong form), io.
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "device/hardware.h"

namespace kw::platform {

struct HardwareReading {
  std::string unique_id;                     // the machine-id, 32 lower-case hex digits
  std::vector<device::SourceValue> sources;  // sorted by name; no value: this machine does not tell
};
struct HardwareOptions {
  std::string root = "/";
  std::string pinned_interface;  // empty: none
};

[[nodiscard]] Result<HardwareReading> read_hardware(const HardwareOptions& options);
/// read_component_sources gives the same sources without the machine-id, which is no component; unsorted.
[[nodiscard]] Result<std::vector<device::SourceValue>> read_component_sources(const HardwareOptions& options);
/// hardware_identity gives what a maker wrote, trimmed and of one line; nothing where that is a filler.
[[nodiscard]] std::optional<std::string> hardware_identity(const std::string& raw);
/// read_machine_id: /etc/machine-id, else /var/lib/dbus/machine-id; 32 hex digits, not all zero.
[[nodiscard]] Result<std::string> read_machine_id(const std::string& root = "/");
/// read_boot_id: the kernel's random id of this boot, 32 lower-case hex digits.
[[nodiscard]] Result<std::string> read_boot_id(const std::string& root = "/");

}  // namespace kw::platform
