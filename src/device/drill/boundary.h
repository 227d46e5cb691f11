#pragma once
// parse_drill_command and parse_drill_news are the form of what the guard and kioskward-drill say to each other.
//
// One packet is one message of drill.proto. Sizes are bounded before memory is taken, and each body is checked once
// here. An error is final. PURE and thread-safe.
#include "base/bytes.h"
#include "kioskward/v1/drill.pb.h"

namespace kw::device {

inline constexpr std::size_t kMostDrillPacket = 96U << 10;
inline constexpr int kMostDrillHits = 64, kMostDrillPlaces = 32;

/// Errc::malformed, too_large, unsupported (another version).
Result<::kioskward::v1::DrillCommand> parse_drill_command(ByteView octets);
Result<::kioskward::v1::DrillNews> parse_drill_news(ByteView octets);
/// encode_drill sets the version.
Bytes encode_drill(::kioskward::v1::DrillCommand message);
Bytes encode_drill(::kioskward::v1::DrillNews message);

}  // namespace kw::device
