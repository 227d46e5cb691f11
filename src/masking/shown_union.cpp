#include "masking/shown_union.h"

namespace kw::masking {

ShownPlaces places_of(const Catalogue& catalogue, const Profile& profile) {
  ShownPlaces out;
  for (const auto& kind : catalogue.kinds) {
    auto& shapes = out.emplace_back(kind.shapes.size());
    const auto mask = profile.masks.find(kind.name);
    if (mask == profile.masks.end()) continue;
    for (std::size_t i = 0; i < shapes.size(); ++i) shapes[i] = shown_places(mask->second, kind.shapes[i]);
  }
  return out;
}

void join(ShownPlaces& to, const ShownPlaces& more) {
  for (std::size_t kind = 0; kind < to.size(); ++kind)
    for (std::size_t shape = 0; shape < to[kind].size(); ++shape) to[kind][shape] |= more[kind][shape];
}

void add_texts(const Catalogue& catalogue, const Profile& profile, ShownPlaces& to) {
  for (const auto& one : catalogue.inside) {
    const auto mask = profile.masks.find(catalogue.kinds[one.part].name);
    if (one.step == 0 || mask == profile.masks.end() || mask->second.step < one.step) continue;
    for (std::size_t i = 0; i < one.width; ++i) to[one.whole][one.shape].set(one.at + i);
  }
}

void follow_inside(const Catalogue& catalogue, ShownPlaces& places) {
  for (bool more = true; more;) {
    more = false;
    for (const auto& one : catalogue.inside) {
      if (one.step > 0) continue;
      auto& whole = places[one.whole][one.shape];
      auto& part = places[one.part][0];
      for (std::size_t i = 0; i < one.width; ++i) {
        const bool either = whole.test(one.at + i) || part.test(one.from + i);
        if (!either || (whole.test(one.at + i) && part.test(one.from + i))) continue;
        whole.set(one.at + i);
        part.set(one.from + i);
        more = true;
      }
    }
  }
}

}  // namespace kw::masking
