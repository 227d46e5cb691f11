// links: device
// os-release, a kernel's command line and apt's sources of any octets: bounded answers.
#include <cstdlib>

#include "device/system/texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // libFuzzer's octets as text
  if (kw::device::parse_os_release(text).size() > 64) std::abort();
  for (const auto& one : kw::device::serial_consoles(text))
    if (one.find(',') != std::string::npos) std::abort();
  for (const auto& one : kw::device::unsigned_options(text))
    if (one.empty()) std::abort();
  return 0;
}
