// links: platform
// What USBGuard's command prints, of any octets: typed errors only, and attributes that lie within the line.
#include <cstdlib>

#include "base/bytes.h"
#include "platform/linux/usbguard_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = kw::platform::parse_usbguard_lines(kw::text_of({data, size}));
  if (!lines) return 0;
  for (const auto& line : *lines)
    for (const auto* name : {"via-port", "serial", "label"})
      if (const auto value = line.attribute(name); line.rule.find(value) == std::string::npos) std::abort();
  return 0;
}
