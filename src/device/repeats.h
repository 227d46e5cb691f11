#pragma once
// Repeats lets the first of equal happenings be told at once and the others gathered, so that a storm floods nothing.
//
// PURE; one thread at a time.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace kw::device {

class Repeats {
 public:
  explicit Repeats(Duration gap = std::chrono::seconds(10), std::size_t most = 1024) : gap_(gap), most_(most) {}
  /// tell gives the number of happenings that this telling stands for, or nothing while it is to be held back.
  std::optional<std::uint64_t> tell(const std::string& key, Duration now) {
    if (known_.size() >= most_ && !known_.contains(key)) forget(now);
    const auto [at, first] = known_.try_emplace(key, Standing{now, 0});
    if (!first && now - at->second.told < gap_) {
      ++at->second.held;
      return std::nullopt;
    }
    const auto count = std::exchange(at->second.held, 0) + 1;
    at->second.told = now;
    return count;
  }
  void clear() { known_.clear(); }

 private:
  struct Standing {
    Duration told;
    std::uint64_t held;
  };
  // What has been quiet for a while goes; where nothing has, everything: telling twice is better than growing.
  void forget(Duration now) {
    std::erase_if(known_, [&](const auto& one) { return now - one.second.told >= gap_; });
    if (known_.size() >= most_) known_.clear();
  }
  Duration gap_;
  std::size_t most_;
  std::map<std::string, Standing> known_;
};

}  // namespace kw::device
