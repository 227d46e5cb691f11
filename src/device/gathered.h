#pragma once
// Gathered lets the first of equal happenings through at once and the others together, so that a storm floods nothing
// and nothing is lost.
//
//   if (auto now = gathered.add(key, found, steady)) tell(now->last, now->count);
//   for (auto& one : gathered.due(steady)) tell(one.last, one.count);         // about once a second
//
// PURE; one thread.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace kw::device {

template <class T>
class Gathered {
 public:
  struct Told {
    T last;
    std::uint64_t count = 0;  // happenings that this telling stands for
  };
  explicit Gathered(Duration gap = std::chrono::seconds(10), std::size_t most = 1024) : gap_(gap), most_(most) {}

  std::optional<Told> add(const std::string& key, T one, Duration now) {
    if (known_.size() >= most_ && !known_.contains(key)) {
      std::erase_if(known_, [&](const auto& each) { return each.second.held == 0 && now - each.second.told >= gap_; });
      // More kinds at once than are kept apart: each is told for itself, which is too much rather than too little.
      if (known_.size() >= most_) return Told{std::move(one), 1};
    }
    const auto [at, first] = known_.try_emplace(key, Standing{now, std::nullopt, 0});
    auto& standing = at->second;
    if (first || (standing.held == 0 && now - standing.told >= gap_)) {
      standing.told = now;
      return Told{std::move(one), 1};
    }
    standing.last = std::move(one);
    ++standing.held;
    return std::nullopt;
  }
  std::vector<Told> due(Duration now) {
    std::vector<Told> out;
    for (auto at = known_.begin(); at != known_.end();) {
      auto& standing = at->second;
      if (now - standing.told < gap_) {
        ++at;
        continue;
      }
      if (standing.held == 0) {
        at = known_.erase(at);
        continue;
      }
      out.push_back({std::move(*standing.last), standing.held});
      standing = {now, std::nullopt, 0};
      ++at;
    }
    return out;
  }
  void clear() { known_.clear(); }

 private:
  struct Standing {
    Duration told;
    std::optional<T> last;
    std::uint64_t held;
  };
  Duration gap_;
  std::size_t most_;
  std::map<std::string, Standing> known_;
};

}  // namespace kw::device
