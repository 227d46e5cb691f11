// links: marking
// Octets of any encoding: a marking is found in them alone or between others, whatever stands before.
#include "marking/marking.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::u32string> words{kw::marking::mark_form("内部资料")};
  kw::marking::MarkScan scan(words);
  kw::marking::put_text({data, size}, scan);
  kw::marking::put_raw({data, size}, scan);
  scan.gap();
  kw::marking::put_utf8(kw::bytes_of("机密★"), scan);
  if (!scan.found() || scan.found()->empty() || scan.found()->size() > 256) std::abort();
  return 0;
}
