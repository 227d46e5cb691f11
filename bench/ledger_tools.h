#pragma once
// What the ledger's benches share: a clock, a directory that goes with its owner, and an end for what must not fail.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/result.h"
#include "base/time.h"

namespace kw::bench {

using SteadyClock = std::chrono::steady_clock;

inline double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

[[noreturn]] inline void die(const Error& error) {
  std::fprintf(stderr, "bench: %s\n", error.text().c_str());
  std::exit(1);
}
template <class T>
T need(Result<T> result) {
  if (!result) die(result.error());
  return std::move(*result);
}
inline void need(Result<> result) {
  if (!result) die(result.error());
}

class WallClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return {std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count()};
  }
  [[nodiscard]] Duration steady() const override { return SteadyClock::now().time_since_epoch(); }
};

struct Scratch {
  Scratch(const std::filesystem::path& parent, const std::string& name)
      : path(parent / (name + "-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~Scratch() {
    std::error_code ignored;  // nothing can be done about a directory that will not go
    std::filesystem::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path path;
};

}  // namespace kw::bench
