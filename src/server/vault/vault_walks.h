#pragma once
// VaultWalks counts what one asker does in a span of time, and says when it is too much.
//
// Counts are kept in memory, for at most kMostAskers: the quietest makes room. Thread-safe.
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"

namespace kw::server {

class VaultWalks {
 public:
  static constexpr std::size_t kMostAskers = 10'000;
  VaultWalks(unsigned most, Duration within) : most_(most), within_(within) {}
  /// count adds one and gives the number within the span.
  unsigned count(const std::string& asker, Timestamp now);
  /// over: the next one is too much.
  [[nodiscard]] bool over(const std::string& asker, Timestamp now) const;
  [[nodiscard]] unsigned most() const noexcept { return most_; }

 private:
  struct Seen {
    Timestamp since;
    unsigned times = 0;
  };
  unsigned most_;
  Duration within_;
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;
};

}  // namespace kw::server
