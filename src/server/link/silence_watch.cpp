#include "server/link/silence_watch.h"

namespace kw::server {

std::vector<SilenceWatch::Silent> SilenceWatch::look(const std::vector<store::Device>& devices, Timestamp now) {
  std::vector<Silent> out;
  for (const auto& device : devices) {
    const bool quiet = !device.online && device.last_seen && now - *device.last_seen > kSilence;
    if (!quiet) {
      told_.erase(device.id);
    } else if (!told_.contains(device.id)) {
      out.push_back({device.id, now - *device.last_seen});
    }
  }
  return out;
}

}  // namespace kw::server
