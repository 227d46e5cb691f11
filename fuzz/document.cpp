// links: device
// A document of any octets (office, PDF, RTF, text): a reading that leaves the process and comes back as it was.
#include "device/egress/document.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> words{"内部资料"};
  kw::device::Budget budget;
  budget.octets = 4U << 20;
  const auto reading = kw::device::read_document({data, size}, words, budget);
  const auto again = kw::device::parse_reading(kw::device::reading_text(reading));
  if (!again || again->verdict != reading.verdict || again->detail != reading.detail) std::abort();
  return 0;
}
