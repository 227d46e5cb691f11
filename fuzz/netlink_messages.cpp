// links: platform
// Network and ruleset notifications and answers of any octets: typed errors only, and a state that never tells a change twice.
#include <cstdlib>

#include "platform/linux/network_state.h"
#include "platform/linux/ruleset_messages.h"
#include "platform/linux/ruleset_queries.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView in(data, size);
  if (!kw::platform::parse_ruleset_messages(in) && size == 0) std::abort();
  const auto answer = kw::platform::parse_ruleset_answer(in);
  if (answer && (answer->error < 0 || answer->error > 4095)) std::abort();
  const auto messages = kw::platform::parse_network_messages(in);
  if (!messages) return 0;
  kw::platform::NetworkState state;
  (void)state.replace(*messages);
  if (!state.replace_routes(*messages).empty()) std::abort();
  for (const auto& message : *messages) {
    (void)state.take(message);
    if (!state.take(message).empty()) std::abort();
  }
  return 0;
}
