#pragma once
// DrillTally gathers what a purge drill finds, place by place; drill_table and drill_events tell it. PURE.
//
//   tally.searched("memory", octets); tally.found("memory", canary, "812 kioskward-link", offset, wide);
//   tally.not_searched("blocks", "no device");  const auto report = tally.report();
//
// A report names places, numbers and kinds: never a file's name or content.
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "kioskward/v1/common.pb.h"
#include "kioskward/v1/drill.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

class DrillTally {
 public:
  void searched(const std::string& place, std::uint64_t octets, std::uint64_t parts = 1);
  /// not_searched: a part of the place that was not, or not whole; of its reasons the first is kept.
  void not_searched(const std::string& place, const std::string& reason);
  void found(const std::string& place, v1::DrillPlanting::Canary canary, const std::string& part, std::uint64_t offset,
             bool wide);
  [[nodiscard]] v1::DrillReport report() const;

 private:
  v1::DrillPlace& place(const std::string& name);
  std::vector<v1::DrillPlace> places_;  // in the order in which they were named
  std::vector<v1::DrillHit> hits_;
  std::uint64_t all_ = 0;
};

/// canary_word: "body", "print_job".
[[nodiscard]] std::string canary_word(v1::DrillPlanting::Canary canary);
/// drill_table is what a person at the kiosk reads.
[[nodiscard]] std::string drill_table(const v1::DrillReport& report);
/// drill_events: privacy.drill.done first, which carries the report's digest (hex), then one privacy.drill.found for
/// each canary, place and part, at most kMostFound.
inline constexpr std::size_t kMostFound = 32;
[[nodiscard]] std::vector<v1::Event> drill_events(const v1::DrillReport& report, const std::string& digest);

}  // namespace kw::device
