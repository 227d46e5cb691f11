#pragma once
// EvdevKeys hears when keys of a keyboard go down, from its event source (/dev/input/eventN); it never keeps which.
//
// Times are those of the kernel, on the steady clock. Repeats and releases do not count, nor do buttons of mice and
// pads. A program that grabs the keyboard for itself makes it silent here; a kiosk's browser does not.
#include "base/bytes.h"
#include "device/peripherals/peripheral.h"

namespace kw::platform {

/// parse_key_presses reads whole input_event records. PURE. malformed where the octets are no multiple of a record.
[[nodiscard]] Result<std::vector<Duration>> parse_key_presses(ByteView records);

class EvdevKeys final : public device::KeyPort {
 public:
  /// `root` is put in front of device nodes: "" or a fixture.
  explicit EvdevKeys(std::string root = "") : root_(std::move(root)) {}
  Result<int> open(const std::string& node) override;
  Result<std::vector<Duration>> read(int fd) override;
  void close(int fd) override;

 private:
  std::string root_;
};

}  // namespace kw::platform
