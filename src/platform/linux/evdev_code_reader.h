#pragma once
// EvdevCodeReader is device::CodeReader over a scanner that shows itself as a keyboard (/dev/input/eventN).
//
// The device is taken for this reader alone (EVIOCGRAB): what is scanned is not typed into whatever has the screen's
// focus. Section peripherals lets the scanner in by its own rules; it sees no keys of a device that is taken.
#include "device/reader/key_wedge.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class EvdevCodeReader final : public device::CodeReader {
 public:
  explicit EvdevCodeReader(std::string node) : node_(std::move(node)) {}
  Result<> open() override;
  [[nodiscard]] int descriptor() const noexcept override { return fd_ ? fd_.get() : -1; }
  Result<std::vector<SecretBytes>> take() override;
  void close() override;

 private:
  std::string node_;
  UniqueFd fd_;
  device::KeyWedge wedge_;
};

}  // namespace kw::platform
