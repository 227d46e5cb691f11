#pragma once
// SystemClock tells UTC from CLOCK_REALTIME and steady time from CLOCK_MONOTONIC. Thread-safe, stateless.
#include "base/time.h"

namespace kw::platform {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override;
  [[nodiscard]] Duration steady() const override;
};

}  // namespace kw::platform
