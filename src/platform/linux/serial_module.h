#pragma once
// SerialModule asks an ID-card reader on a serial line (115200 8N1) for its security module's number.
//
// The line is taken exclusively for the one question and given back; where the kiosk's own program holds it the answer
// is unavailable, and the caller asks again later. Errors: not_found, unavailable, timeout (1 s), malformed, io.
#include "device/peripherals/peripheral.h"

namespace kw::platform {

class SerialModule final : public device::ModulePort {
 public:
  explicit SerialModule(std::string root = "") : root_(std::move(root)) {}
  Result<std::string> module_of(const std::string& serial_line) override;

 private:
  std::string root_;
};

}  // namespace kw::platform
