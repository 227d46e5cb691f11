#pragma once
// RefusalThrottle keeps one peer from flooding the ledger: at most 20 refusals of a kind a minute are worth an entry.
//
// Memory is bounded: peers above kMostWindows in one minute share a window, so that a crowd silences itself and not the
// record. Minutes are of the steady clock: a wall clock that is set does not silence it either. Thread-safe.
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"

namespace kw::server {

class RefusalThrottle {
 public:
  static constexpr unsigned kMostPerWindow = 20;
  static constexpr std::size_t kMostWindows = 4096;
  static constexpr Duration kWindow = std::chrono::minutes(1);

  explicit RefusalThrottle(const Clock& clock) : clock_(clock) {}
  /// lets tells whether one more refusal of this type by `who` is to be recorded now.
  bool lets(const std::string& who, const std::string& type);

 private:
  struct Window {
    Duration since{0};
    unsigned count = 0;
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Window> windows_;
};

}  // namespace kw::server
