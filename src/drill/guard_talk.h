#pragma once
// GuardTalk is the drill's socket to the guard, and its pace: work breathes between pieces, so that the guard is
// answered and a rate is kept.
//
// Errc::closed: the guard is gone, and the work ends. One thread.
#include <optional>

#include "base/time.h"
#include "kioskward/v1/drill.pb.h"

namespace kw::drill {

namespace v1 = ::kioskward::v1;

class GuardTalk {
 public:
  /// hear waits for the next command that is no question.
  Result<v1::DrillCommand> hear();
  void say(v1::DrillNews news) const;
  /// breathe answers what the guard has asked meanwhile, and waits for so long.
  Result<> breathe(Duration wait = Duration{0});

 private:
  /// One command, where one comes within so many milliseconds; -1: whenever.
  Result<std::optional<v1::DrillCommand>> next(int milliseconds);
};

}  // namespace kw::drill
