#pragma once
// SystemClock is the process's own clock, for commands.
#include <chrono>

#include "base/time.h"

namespace kw::cli {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return {std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count()};
  }
  [[nodiscard]] Duration steady() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

}  // namespace kw::cli
