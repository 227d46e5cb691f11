// links: platform
// An SMBIOS table of any octets: a typed error, or modules whose texts lie inside it.
#include "platform/linux/smbios.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto modules = kw::platform::parse_memory_modules({data, size});
  if (!modules) return 0;
  for (const auto& one : *modules)
    if (one.locator.size() + one.maker.size() + one.part.size() + one.serial.size() > 4 * size) std::abort();
  return 0;
}
