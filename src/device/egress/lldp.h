#pragma once
// parse_lldp reads an LLDP data unit (IEEE 802.1AB-2016, clause 8): who is at the other end of the cable.
//
// Strict: chassis ID, port ID and time to live come first, in this order and once; every TLV fits; the end follows.
// What comes after the end is padding. Texts are clean, at most kMostPlaceText octets. PURE.
#include "device/egress/place.h"

namespace kw::device {

inline constexpr std::uint16_t kLldpType = 0x88cc;

struct LldpHeard {
  LinkNeighbour neighbour;
  std::uint16_t seconds = 0;  // so long it is good; 0: it leaves
};
/// Errc::truncated, Errc::malformed.
[[nodiscard]] Result<LldpHeard> parse_lldp(ByteView unit);

}  // namespace kw::device
