// links: platform
// Any text as /proc/PID/stat and status: no crash, and a name that is clean.
#include <cstdlib>

#include "base/text.h"
#include "platform/linux/process_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  kw::device::ProcessFacts facts;
  (void)kw::platform::parse_process_status(text, facts);
  (void)kw::platform::parse_process_stat(text, facts);
  if (kw::clean_text(facts.name, 64) != facts.name) std::abort();
  return 0;
}
