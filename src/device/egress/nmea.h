#pragma once
// NmeaReader takes positions out of what a satellite receiver says (NMEA 0183, sentences RMC and GGA of any talker).
//
//   for (auto point : reader.take(octets)) tracker.position(point, now);
//
// A sentence counts with its checksum and a valid fix only; lines are bounded, whatever the receiver sends. gpsd's own
// lines (JSON) are passed over. PURE.
#include <optional>
#include <string>
#include <vector>

#include "device/egress/place.h"

namespace kw::device {

/// parse_nmea reads one line without its end. Errc::malformed: no sentence with a good checksum, or a coordinate out of
/// range; nothing: another sentence, or one without a fix.
[[nodiscard]] Result<std::optional<PlacePoint>> parse_nmea(std::string_view line);

class NmeaReader {
 public:
  static constexpr std::size_t kMostLine = 512;
  std::vector<PlacePoint> take(ByteView octets);
  void clear() { line_.clear(), skipping_ = false; }

 private:
  std::string line_;
  bool skipping_ = false;  // the rest of a line that is too long
};

}  // namespace kw::device
