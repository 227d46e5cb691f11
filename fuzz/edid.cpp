// links: platform
// An EDID of any octets: a typed error, or a maker of three letters and texts that fit their descriptors.
#include "platform/linux/edid.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto display = kw::platform::parse_edid({data, size});
  if (!display) return 0;
  if (display->maker.size() != 3 || display->product.size() != 4 || display->name.size() > 13 ||
      display->serial.size() > 13)
    std::abort();
  return 0;
}
