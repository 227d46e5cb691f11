#include "platform/linux/system_clock.h"

namespace kw::platform {

Timestamp SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Duration>(since).count()};
}

Duration SystemClock::steady() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace kw::platform
