// links: server
#include "server/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = kw::server::parse_config({reinterpret_cast<const char*>(data), size});
  if (!config) return 0;
  if (config->data_dir.empty() || config->advertise.size() > 16 || config->heartbeat_seconds == 0) __builtin_trap();
  for (const auto& address : config->advertise) {
    if (address.port == 0 || address.address.empty()) __builtin_trap();
  }
  return 0;
}
