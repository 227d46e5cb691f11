// links: platform
// Any octets as a message of the process connector: no crash, and process numbers above zero or none.
#include "platform/linux/exec_messages.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = kw::platform::process_message_of({data, size});
  if (message && (message->pid <= 0 || message->other < 0)) std::abort();
  const auto pid = kw::platform::exec_of({data, size});
  if (pid && (*pid <= 0 || *pid != message->pid)) std::abort();
  return 0;
}
