// links: device
// Any octets as what section "host" keeps: what is taken gives the same form again.
#include <cstdlib>

#include "device/host/known_things.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto known = kw::device::KnownThings::parse({data, size});
  if (!known) return 0;
  const auto again = kw::device::KnownThings::parse(known->serialise());
  if (!again || again->set_id != known->set_id || again->places != known->places) std::abort();
  return 0;
}
