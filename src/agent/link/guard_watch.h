#pragma once
// GuardWatch tells the link process whether its guard is there, and when it has to end without it.
//
//   state    | heard()      | gone()   | tick()                              | told()
//   together | stays        | -> alone | no beat for the silence: -> alone   | stays
//   alone    | -> together, | stays,   | longer than most_alone: ends        | -> ended, where
//            | unless gone  | for good |                                     |    the guard is gone or silent
//   ended    | stays        | stays    | stays                               | stays
// gone: the channel has ended, so the guard is dead. told: the platform knows, or cannot be told now and it is stored.
// While a question of this process is open the guard may be busy with nft: the longer allowance counts then. PURE.
#include <utility>

#include "agent/boundary/pulse.h"

namespace kw::agent {

class GuardWatch {
 public:
  enum class State { together, alone, ended };
  struct Limits {
    Duration silence = std::chrono::milliseconds(2250);
    Duration busy = std::chrono::seconds(10);
    Duration most_alone = std::chrono::seconds(10);
  };
  explicit GuardWatch(Duration now, Limits limits) : limits_(limits) { pulse_.begin(now); }
  explicit GuardWatch(Duration now) : GuardWatch(now, Limits{}) {}

  void heard(Duration now) {
    pulse_.heard(now);
    if (state_ == State::alone && !gone_) state_ = State::together;
  }
  void gone(Duration now) {
    gone_ = true;
    leave(now);
  }
  /// tick returns whether the state has changed to alone by this call.
  bool tick(Duration now, bool question_open) {
    pulse_.tick(now);
    if (state_ == State::together && pulse_.silence(now) >= (question_open ? limits_.busy : limits_.silence))
      return leave(now);
    if (state_ == State::alone && now - since_ >= limits_.most_alone) state_ = State::ended;
    return false;
  }
  void told() {
    if (state_ == State::alone) state_ = State::ended;
  }
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool is_gone() const noexcept { return gone_; }

 private:
  bool leave(Duration now) {
    if (state_ != State::together) return false;
    state_ = State::alone;
    since_ = now;
    return true;
  }
  Limits limits_;
  Pulse pulse_;
  State state_ = State::together;
  Duration since_{0};
  bool gone_ = false;
};

}  // namespace kw::agent
