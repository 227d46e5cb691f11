// links: device
// Octets of any encoding: a marking is found in them alone or between others, whatever stands before.
#include "device/egress/marking.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::u32string> words{kw::device::mark_form("内部资料")};
  kw::device::MarkScan scan(words);
  kw::device::put_text({data, size}, scan);
  kw::device::put_raw({data, size}, scan);
  scan.gap();
  kw::device::put_utf8(kw::bytes_of("机密★"), scan);
  if (!scan.found() || scan.found()->empty() || scan.found()->size() > 256) std::abort();
  return 0;
}
