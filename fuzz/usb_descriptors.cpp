// links: device
// Descriptors of any octets: typed errors only; what is read has interfaces in the form that rules match.
#include "device/peripherals/usb_descriptors.h"

#include <cstdlib>

#include "device/peripherals/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = kw::device::parse_usb_descriptors({data, size});
  if (!read) return 0;
  if (read->vendor.size() != 4 || read->product.size() != 4) std::abort();
  kw::device::Peripheral device;
  for (const auto& one : read->interfaces) {
    if (one.size() != 8 || !kw::device::fits(one, one.substr(0, 3) + "*:*")) std::abort();
    device.interfaces.push_back(one);
  }
  if (kw::device::kind_of(device).empty() || kw::device::classes_of(device).size() > 200) std::abort();
  return 0;
}
