#pragma once
// SerialCardReader is device::CardReader over an ID-card reader on a serial line, which speaks the protocol of GA 450
// modules.
//
// The line is taken for each call and given back, so that section peripherals can ask for the module's number between
// two of them. Tried against a pseudo terminal that answers as open drivers expect; no reader was at hand
// (docs/design/on-hardware.md).
#include <string>

#include "device/reader/ports.h"

namespace kw::platform {

class SerialCardReader final : public device::CardReader {
 public:
  /// `line` is a path: "/dev/ttyUSB0".
  explicit SerialCardReader(std::string line) : line_(std::move(line)) {}
  Result<bool> present() override;
  Result<device::CardFacts> read() override;

 private:
  std::string line_;
};

}  // namespace kw::platform
