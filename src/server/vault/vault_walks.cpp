#include "server/vault/vault_walks.h"

#include <algorithm>

namespace kw::server {

unsigned VaultWalks::count(const std::string& asker, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kMostAskers && !seen_.contains(asker)) {
    std::erase_if(seen_, [&](const auto& one) { return one.second.since + within_ < now; });
    if (seen_.size() >= kMostAskers)
      seen_.erase(std::ranges::min_element(seen_, {}, [](const auto& one) { return one.second.times; }));
  }
  auto& seen = seen_[asker];
  if (seen.times == 0 || seen.since + within_ < now) seen = {now, 0};
  return ++seen.times;
}

bool VaultWalks::over(const std::string& asker, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto at = seen_.find(asker);
  return at != seen_.end() && at->second.times >= most_ && at->second.since + within_ >= now;
}

}  // namespace kw::server
