#pragma once
// ShellEngine says when the kiosk's program is to be started, and when its ends are a crash loop (clause 8.2.3).
//
//   waiting ── due ──> running ── ended ──> waiting        renew: the end that follows is nobody's crash
//
// After an end the next run begins at once. crash_runs ends that nobody asked for within crash_seconds are a crash
// loop: from then on the pause is kFirstPause, and doubles up to kLongestPause, until a run has lasted crash_seconds.
// It never gives up. PURE; one thread.
#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"

namespace kw::device {

class ShellEngine {
 public:
  static constexpr Duration kFirstPause = std::chrono::seconds(1), kLongestPause = std::chrono::seconds(30);
  struct Rules {
    std::uint32_t crash_runs = 5, crash_seconds = 60;
  };
  struct Ended {
    bool asked = false;           // it was renew() that ended it
    Duration ran{0}, pause{0};    // pause: until the next run
    std::uint32_t loop_runs = 0;  // not 0: a crash loop begins with this end, of so many
  };
  explicit ShellEngine(Rules rules) : rules_(rules) {}

  [[nodiscard]] bool due(Duration now) const { return !running_ && now >= start_at_; }
  /// next is when due() becomes true; nothing while the program runs.
  [[nodiscard]] std::optional<Duration> next() const { return running_ ? std::nullopt : std::optional(start_at_); }
  [[nodiscard]] bool running() const noexcept { return running_; }
  void started(Duration now);
  /// ended: also for a program that could not be started.
  Ended ended(Duration now);
  /// renew is true where a run is to be ended now; without one the next begins at once.
  [[nodiscard]] bool renew(Duration now);

 private:
  Rules rules_;
  bool running_ = false, asked_ = false, loop_ = false;
  Duration since_{0}, start_at_{0}, pause_{0};
  std::deque<Duration> ends_;  // that nobody asked for
};

}  // namespace kw::device
