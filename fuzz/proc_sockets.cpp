// links: device
// A table of sockets of any octets: a typed error, or listeners that are on no loopback address.
#include <cstdlib>

#include "device/system/texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // libFuzzer's octets as text
  for (const auto* protocol : {"tcp", "udp"}) {
    const auto seen = kw::device::parse_sockets(text, protocol);
    if (!seen) continue;
    for (const auto& one : *seen)
      if (one.address.empty() || one.address.starts_with("127.") || one.address == "::1") std::abort();
  }
  return 0;
}
