// links: device
// A baseline of section egress of any octets: what parses is never different from a place that shows nothing.
#include <cstdlib>

#include "device/egress/place.h"
#include "device/egress/printers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)kw::device::file_printers(kw::text_of({data, size}));
  const auto bound = kw::device::egress_baseline_of({data, size});
  if (!bound) return 0;
  for (const auto& one : kw::device::judge_place(*bound, {}, 0))
    if (one.match != kw::device::PlaceMatch::unknown) std::abort();
  return 0;
}
