#pragma once
// ShownPlaces are the places of every kind that somebody sees who holds some profiles, what other fields tell included.
//
// Internal to src/masking. PURE.
#include "masking/profile.h"

namespace kw::masking {

/// By kind and shape, in the catalogue's order.
using ShownPlaces = std::vector<std::vector<Shown>>;

/// places_of are those that the profile's own masks show.
[[nodiscard]] ShownPlaces places_of(const Catalogue& catalogue, const Profile& profile);
void join(ShownPlaces& to, const ShownPlaces& more);
/// add_texts adds what the steps of a profile's texts tell: a province, the first two digits of an identity number.
void add_texts(const Catalogue& catalogue, const Profile& profile, ShownPlaces& to);
/// follow_inside adds what a field tells of another, until nothing more follows.
void follow_inside(const Catalogue& catalogue, ShownPlaces& places);

}  // namespace kw::masking
