// links: device
// A frame of any octets: nothing, or news whose texts are bounded; the same frame as LLDP.
#include <cstdlib>

#include "device/egress/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto own =
      kw::device::wire_settings("eth0", "02:4b:57:00:10:10", "198.18.10.10/24", "198.18.10.1").value();
  (void)kw::device::read_frame({data, size}, own);
  const auto heard = kw::device::parse_lldp({data, size});
  if (!heard) return 0;
  const auto& one = heard->neighbour;
  if (one.chassis.empty() || one.port.empty() || one.chassis.size() > 256 || one.port.size() > 256 ||
      one.system.size() > 256)
    std::abort();
  return 0;
}
