// links: device
// Answers of an ID-card reader's module of any octets: typed errors, or a number of printable form.
#include <cstdlib>

#include "device/peripherals/sam_module.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto number = kw::device::parse_sam_reply({data, size});
  if (number && (number->size() < 36 || number->size() > 44 || size != kw::device::kSamReply)) std::abort();
  return 0;
}
