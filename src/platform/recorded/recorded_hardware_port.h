#pragma once
// RecordedHardwarePort is a machine's components in memory, for tests of section "hardware". Never shipped.
#include <algorithm>

#include "device/hardware/inventory.h"

namespace kw::platform {

class RecordedHardwarePort final : public device::HardwarePort {
 public:
  device::HardwareSeen state;
  std::set<std::string> readers;  // as look() was asked last
  std::optional<Error> refusal;

  Result<device::HardwareSeen> look(const std::set<std::string>& wanted) override {
    readers = wanted;
    if (refusal) return *refusal;
    if (state.parts.empty()) return fail(Errc::not_found, "no component");
    auto out = state;
    std::ranges::sort(out.parts);
    std::ranges::sort(out.missing);
    return out;
  }
};

}  // namespace kw::platform
