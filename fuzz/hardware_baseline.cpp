// links: device
// A hardware baseline of any octets: what parses differs from nothing by each of its parts, and from itself by none.
#include <cstdlib>

#include "device/hardware/inventory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parts = kw::device::parts_of({data, size});
  if (!parts) return 0;
  if (!kw::device::compare_hardware(*parts, *parts, {}).empty()) std::abort();
  if (kw::device::compare_hardware(*parts, {}, {}).size() != parts->size()) std::abort();
  if (kw::device::compare_hardware({}, *parts, {}).size() != parts->size()) std::abort();
  return 0;
}
