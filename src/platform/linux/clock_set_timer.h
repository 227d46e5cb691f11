#pragma once
// ClockSetTimer tells at once that somebody has set the machine's clock (timerfd, TFD_TIMER_CANCEL_ON_SET).
//
// Its descriptor is readable when that has happened; take() then arms it anew. How far the clock was moved is not told:
// the caller compares. Not thread-safe.
#include "base/result.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class ClockSetTimer {
 public:
  static Result<ClockSetTimer> open();
  [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
  /// take: true where the clock was set since the last call; an error leaves the timer unarmed.
  Result<bool> take();

 private:
  explicit ClockSetTimer(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<> arm();
  UniqueFd fd_;
};

}  // namespace kw::platform
