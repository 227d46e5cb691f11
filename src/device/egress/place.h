#pragma once
// judge_place compares what the place looks like with what it looked like where an administrator approved the kiosk
// (clause 9.7-b).
//
//   for (verdict : judge_place(bound, tracker.seen(now), radius)) different: relocated; unknown: neither
//
// A mark that says nothing now, or that said nothing when the baseline was learnt, is `unknown`: never same, never
// different. One approved value among several seen ones is the same place: whoever only adds a voice to the wire
// cannot take a kiosk off the network. PURE.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "kioskward/v1/egress.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

struct PlacePoint {
  std::int32_t latitude_e7 = 0, longitude_e7 = 0;
  friend bool operator==(const PlacePoint&, const PlacePoint&) = default;
};
/// metres_between is the distance on a sphere, good to half a per cent.
[[nodiscard]] double metres_between(const PlacePoint& a, const PlacePoint& b) noexcept;
[[nodiscard]] std::string point_text(const PlacePoint& point);  // "22.5431000 114.0579000"

/// Neighbour is a switch's port as LLDP tells it.
struct LinkNeighbour {
  std::string chassis, port, system;
  friend auto operator<=>(const LinkNeighbour&, const LinkNeighbour&) = default;
};

struct PlaceSeen {
  std::set<std::string> gateways;  // MACs, lower case
  std::set<LinkNeighbour> neighbours;
  std::set<std::string> ranges;
  std::optional<PlacePoint> position;
  friend bool operator==(const PlaceSeen&, const PlaceSeen&) = default;
};

enum class PlaceMatch { unknown, same, different };
[[nodiscard]] std::string_view name(PlaceMatch match) noexcept;
[[nodiscard]] std::string mark_word(v1::PlaceMark mark);  // "gateway"

struct PlaceVerdict {
  v1::PlaceMark mark = v1::PLACE_MARK_UNSPECIFIED;
  PlaceMatch match = PlaceMatch::unknown;
  std::string bound, observed;  // for people
};
inline constexpr std::uint32_t kUsualRadius = 200;  // m
/// judge_place gives a verdict on every mark, in the order of PlaceMark.
[[nodiscard]] std::vector<PlaceVerdict> judge_place(const v1::EgressBaseline& bound, const PlaceSeen& seen,
                                                    std::uint32_t radius_m);
/// observed_text is what a mark shows now, for people; empty: nothing.
[[nodiscard]] std::string observed_text(const PlaceSeen& seen, v1::PlaceMark mark);

inline constexpr int kMostPlaceValues = 8;
inline constexpr std::size_t kMostPlaceText = 128;
[[nodiscard]] v1::EgressBaseline baseline_of(const PlaceSeen& seen);
/// egress_baseline_of reads an approved baseline. Errc::too_large, Errc::malformed: number, lengths, ranges of values.
[[nodiscard]] Result<v1::EgressBaseline> egress_baseline_of(ByteView content);

/// range_of gives the network of an address with prefix length ("198.18.10.10/24": "198.18.10.0/24"); empty: none.
[[nodiscard]] std::string range_of(std::string_view address);

}  // namespace kw::device
