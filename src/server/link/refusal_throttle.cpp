#include "server/link/refusal_throttle.h"

namespace kw::server {

bool RefusalThrottle::lets(const std::string& who, const std::string& type) {
  const std::scoped_lock lock(mutex_);
  const auto now = clock_.steady();
  auto key = std::pair(who, type);
  if (windows_.size() >= kMostWindows && !windows_.contains(key)) {
    std::erase_if(windows_, [&](const auto& entry) { return now - entry.second.since > kWindow; });
    if (windows_.size() >= kMostWindows) key = {};
  }
  auto& window = windows_.try_emplace(key, Window{now, 0}).first->second;
  if (now - window.since > kWindow) window = {now, 0};
  return ++window.count <= kMostPerWindow;
}

}  // namespace kw::server
