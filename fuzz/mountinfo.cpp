// links: device
// Any text as /proc/PID/mountinfo, and its first line as a glob over the rest: no crash, bounded time (policy takes
// globs of 1024 octets).
#include "base/bytes.h"
#include "device/integrity/globs.h"
#include "device/programs/mounts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = kw::text_of({data, size});
  if (const auto mounts = kw::device::parse_mounts(text))
    for (const auto& mount : *mounts) (void)kw::device::guarding_of(mount);
  const auto line = text.find('\n');
  if (line <= 1024 && size <= 8192) (void)kw::device::glob_matches(text.substr(0, line), text.substr(line + 1));
  return 0;
}
