// links: platform
// Any octets as a message of the process connector: no crash, and a process number above zero or none.
#include "platform/linux/exec_messages.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pid = kw::platform::exec_of({data, size});
  if (pid && *pid <= 0) std::abort();
  return 0;
}
