#pragma once
// Fact is one value that was measured, and when; Facts are those of one subject (kiosk, site or platform) by key.
//
//   Facts facts;
//   facts.put({.key = "interfaces.others_up", .value = "", .time = heard, .source = "rtnetlink"});
//   facts.put(happened("malware.found", when));
//
// `time` is the last moment at which the value is known to have held. A kiosk reports a value when it changes: the
// caller moves the time on with each heartbeat, since silence there means "unchanged", and stops when the heartbeats
// stop. An event is the fact "event:TYPE" with the time of its latest occurrence and its result as value. The fact
// kEventsComplete says until when all events of the subject are known to have arrived; only it makes "did not happen"
// a statement. Where events of a type come on another way than the rest, "events.complete:TYPE" stands in its place.
// PURE; a Facts is not thread-safe while it changes.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"

namespace kw::compliance {

inline constexpr std::string_view kEventPrefix = "event:";
inline constexpr std::string_view kEventsComplete = "events.complete";
inline constexpr std::string_view kEventsCompleteOf = "events.complete:";

struct Fact {
  std::string key, value;
  Timestamp time;
  std::string source;      // "rtnetlink", "proc", "platform"
  bool is_signed = false;  // by the key of the kiosk, beyond the channel
};

[[nodiscard]] inline Fact happened(std::string_view type, Timestamp when, std::string result = {}) {
  return {.key = std::string(kEventPrefix) + std::string(type), .value = std::move(result), .time = when, .source = {}};
}

class Facts {
 public:
  /// put adds a fact or takes the place of the one with its key.
  void put(Fact fact) {
    const auto at = std::ranges::lower_bound(all_, fact.key, {}, &Fact::key);
    if (at != all_.end() && at->key == fact.key)
      *at = std::move(fact);
    else
      all_.insert(at, std::move(fact));
  }
  void remove(std::string_view key) {
    std::erase_if(all_, [&](const Fact& one) { return one.key == key; });
  }
  /// find: null where nothing is known. The pointer is good until the next put or remove.
  [[nodiscard]] const Fact* find(std::string_view key) const noexcept {
    const auto at = std::lower_bound(all_.begin(), all_.end(), key,
                                     [](const Fact& one, std::string_view wanted) { return one.key < wanted; });
    return at != all_.end() && at->key == key ? &*at : nullptr;
  }
  [[nodiscard]] std::span<const Fact> all() const noexcept { return all_; }

 private:
  std::vector<Fact> all_;  // by key
};

}  // namespace kw::compliance
