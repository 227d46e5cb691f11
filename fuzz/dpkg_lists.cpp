// links: device
// Any text as dpkg's lists: what is taken has absolute paths without "..".
#include <cstdlib>

#include "device/programs/packages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = kw::text_of({data, size});
  if (const auto files = kw::device::parse_md5sums(text))
    for (const auto& file : *files)
      if (file.path.front() != '/' || file.path.find("/../") != std::string::npos) std::abort();
  (void)kw::device::parse_diversions(text);
  return 0;
}
