// links: device
// What a receiver says, in any octets and in two pieces: the same positions as in one, on the globe.
#include "device/egress/nmea.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kw::device::NmeaReader whole, pieces;
  const auto all = whole.take({data, size});
  auto two = pieces.take({data, size / 2});
  for (const auto& one : pieces.take({data + size / 2, size - size / 2})) two.push_back(one);
  if (all != two) std::abort();
  for (const auto& one : all)
    if (std::abs(one.latitude_e7) > 900'000'000 || std::abs(one.longitude_e7) > 1'800'000'000) std::abort();
  return 0;
}
