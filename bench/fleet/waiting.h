#pragma once
// Waiting holds a simulated kiosk's events until the platform has committed them: a spool in memory, bounded.
//
// Sequences begin at 1 and rise by one. Above kMost events the newest is dropped and counted. Not thread-safe.
#include <algorithm>
#include <deque>

#include "kioskward/v1/link.pb.h"

namespace kw::fleet {

namespace v1 = ::kioskward::v1;

class Waiting {
 public:
  static constexpr std::size_t kMost = 2048;  // also what may be sent ahead of its acknowledgement
  static constexpr std::size_t kBatch = 256;  // events in one message

  void add(v1::Event event) {
    if (events_.size() == kMost) {
      ++dropped_;
      return;
    }
    event.set_sequence(next_++);
    events_.push_back(std::move(event));
  }
  /// batch_from copies the events from a sequence on into a message; empty where there are none.
  [[nodiscard]] v1::EventBatch batch_from(std::uint64_t sequence) const {
    v1::EventBatch out;
    const auto skip = sequence > first() ? std::min<std::uint64_t>(sequence - first(), events_.size()) : 0;
    for (auto at = events_.begin() + static_cast<std::ptrdiff_t>(skip); at != events_.end(); ++at) {
      if (out.events_size() == static_cast<int>(kBatch)) break;
      *out.add_events() = *at;
    }
    return out;
  }
  void acknowledge(std::uint64_t through) {
    while (!events_.empty() && events_.front().sequence() <= through) events_.pop_front();
  }
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t acknowledged() const noexcept { return first() - 1; }
  [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  [[nodiscard]] std::uint64_t first() const noexcept { return next_ - events_.size(); }
  std::deque<v1::Event> events_;
  std::uint64_t next_ = 1, dropped_ = 0;
};

}  // namespace kw::fleet
