#pragma once
// GatheredEvents lets the first of equal events through at once and gathers the others into one per ten seconds, with
// their number in the parameter "count": a storm floods nothing, and no part of it goes untold.
//
// Not thread-safe.
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"
#include "kioskward/v1/common.pb.h"

namespace kw::agent {

class GatheredEvents {
 public:
  static constexpr Duration kGap = std::chrono::seconds(10);
  static constexpr std::size_t kMost = 1024;

  /// tell gives the event back where it is to be told now; else it is held, in place of the one before.
  std::optional<kioskward::v1::Event> tell(const std::string& key, kioskward::v1::Event event, Duration now) {
    if (known_.size() >= kMost && !known_.contains(key)) {
      std::erase_if(known_, [&](const auto& one) { return one.second.held == 0 && now - one.second.told >= kGap; });
      if (known_.size() >= kMost) return counted(std::move(event), 1);  // told singly: better than not at all
    }
    const auto [at, first] = known_.try_emplace(key, Standing{now, 0, {}});
    if (first || (at->second.held == 0 && now - at->second.told >= kGap)) {
      at->second.told = now;
      return counted(std::move(event), 1);
    }
    ++at->second.held;
    at->second.last = std::move(event);
    return std::nullopt;
  }
  /// due gives what was held long enough.
  std::vector<kioskward::v1::Event> due(Duration now) {
    std::vector<kioskward::v1::Event> out;
    for (auto& [key, one] : known_) {
      if (one.held == 0 || now - one.told < kGap) continue;
      out.push_back(counted(std::move(one.last), std::exchange(one.held, 0)));
      one.told = now;
    }
    return out;
  }

 private:
  struct Standing {
    Duration told;
    std::uint64_t held;
    kioskward::v1::Event last;
  };
  static kioskward::v1::Event counted(kioskward::v1::Event event, std::uint64_t count) {
    (*event.mutable_params())["count"] = std::to_string(count);
    return event;
  }
  std::map<std::string, Standing> known_;
};

}  // namespace kw::agent
