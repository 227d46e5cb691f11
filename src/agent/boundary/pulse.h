#pragma once
// Pulse tells from the other process's beats whether it is alive, and from its own ticks whether this one was asleep.
//
// Silence is an accusation, so it is only counted while this process itself was being run: after a tick that came late
// by kAway or more (the machine was suspended, or this process was stopped) the silence begins anew. PURE.
#include "base/time.h"

namespace kw::agent {

inline constexpr Duration kBeatEvery = std::chrono::milliseconds(500);
inline constexpr Duration kAway = std::chrono::milliseconds(1500);

class Pulse {
 public:
  /// begin: the other process is taken for alive from now on.
  void begin(Duration now) { heard_ = ticked_ = now; }
  void heard(Duration now) { heard_ = now; }
  /// tick is to be called every kBeatEvery; it returns how long this process was away, or zero.
  Duration tick(Duration now) {
    const auto gap = now - ticked_;
    ticked_ = now;
    if (gap < kAway) return Duration(0);
    heard_ = now;
    return gap;
  }
  [[nodiscard]] Duration silence(Duration now) const { return now - heard_; }

 private:
  Duration heard_{0}, ticked_{0};
};

}  // namespace kw::agent
