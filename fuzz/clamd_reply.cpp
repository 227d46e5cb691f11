// links: device
// What clamd might answer: a verdict is bounded, and nothing but its own words becomes one.
#include "device/malware/clamd_reply.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView in(data, size);
  const auto reply = kw::device::parse_scan_reply(in);
  if (reply &&
      (reply->name.size() > 128 || (reply->verdict == kw::device::ScanVerdict::clean) != reply->name.empty())) {
    // Only an error of no words has no name either.
    if (reply->verdict != kw::device::ScanVerdict::failed) std::abort();
  }
  const auto version = kw::device::parse_version_reply(in);
  if (version && (version->engine.size() > 128 || version->signatures.size() > 32)) std::abort();
  return 0;
}
