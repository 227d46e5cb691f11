#include "server/link/silence_watch.h"

namespace kw::server {

std::vector<SilenceWatch::Silent> SilenceWatch::look(const std::vector<store::Device>& devices, Timestamp now) const {
  std::vector<Silent> out;
  for (const auto& device : devices) {
    if (device.online || !device.last_seen || now - std::max(*device.last_seen, listening_since_) <= kSilence) continue;
    const auto at = told_.find(device.id);
    if (at == told_.end() || at->second != *device.last_seen) out.push_back({device, now - *device.last_seen});
  }
  return out;
}

}  // namespace kw::server
