// links: device
// An archive of any octets: typed errors, or parts that lie within it; unpacking stays within its budget.
#include "device/egress/zip.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parts = kw::device::read_zip({data, size});
  if (!parts) return 0;
  kw::device::Budget budget;
  budget.octets = 1U << 20;
  std::size_t out = 0;
  for (const auto& part : *parts) {
    if (part.packed.size() > size) std::abort();
    if (const auto content = kw::device::unpack(part, budget)) out += content->size();
  }
  if (out > 1U << 20) std::abort();
  return 0;
}
