#pragma once
// TypingGauge finds a keyboard that types faster than hands can: more than `most` keys within a window that slides.
//
// It sees when keys went down, never which. At most `most` + 1 moments are kept. PURE.
#include <deque>

#include "base/time.h"

namespace kw::device {

class TypingGauge {
 public:
  TypingGauge(std::uint32_t keys_per_second, Duration window)
      : most_(static_cast<std::size_t>(keys_per_second * std::chrono::duration<double>(window).count())),
        window_(window) {}
  /// press takes one moment, and tells whether the rate is exceeded now. A moment before the last one counts as the
  /// last one: a clock that a program sets back must not empty the window.
  bool press(Duration at) {
    if (!down_.empty() && at < down_.back()) at = down_.back();
    down_.push_back(at);
    while (down_.front() <= at - window_) down_.pop_front();
    const bool exceeded = down_.size() > most_;
    if (exceeded) down_.pop_front();
    return exceeded;
  }
  [[nodiscard]] std::size_t most() const noexcept { return most_; }

 private:
  std::size_t most_;
  Duration window_;
  std::deque<Duration> down_;
};

}  // namespace kw::device
