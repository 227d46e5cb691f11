#pragma once
// LinkWatch decides when the link process is started, looked at, and given up.
//
//   state    | spawned()   | heard()     | lost()     | tick()
//   waiting  | -> starting |             | refused    | the wait is over: spawn
//   starting | refused     | -> together | -> waiting | no beat for 15 s: look
//   together | refused     | stays       | -> waiting | no beat for 2 s: look
// "look" asks the caller to look at the process and to call lost() where it is to be given up; until then each tick
// says it again. After a healthy run the next start is at once; after others the wait doubles from 0.1 s to 10 s, and a
// spawn() that fails counts as such a run. PURE.
#include "agent/boundary/pulse.h"

namespace kw::agent {

class LinkWatch {
 public:
  enum class State { waiting, starting, together };
  enum class Step { none, spawn, look };
  struct Limits {
    Duration start = std::chrono::seconds(15);
    Duration silence = std::chrono::seconds(2);
    Duration healthy = std::chrono::seconds(10);
    Duration first_wait = std::chrono::milliseconds(100), longest_wait = std::chrono::seconds(10);
  };
  explicit LinkWatch(Limits limits) : limits_(limits), wait_(limits.first_wait) {}
  LinkWatch() : LinkWatch(Limits{}) {}

  Result<> spawned(Duration now);
  void spawn_failed(Duration now);
  void heard(Duration now);
  Result<> lost(Duration now);

  struct Tick {
    Step step = Step::none;
    Duration away{0};  // this process was not run for so long
  };
  Tick tick(Duration now);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] Duration silence(Duration now) const { return pulse_.silence(now); }
  /// due is when the next spawn is, while waiting.
  [[nodiscard]] Duration due() const noexcept { return due_; }

 private:
  void wait_longer(Duration now);
  Limits limits_;
  State state_ = State::waiting;
  Pulse pulse_;
  Duration since_{0}, due_{0}, wait_;
  bool ticked_ = false;
};

}  // namespace kw::agent
