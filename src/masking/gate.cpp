#include "masking/gate.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/comma_list.h"
#include "masking/shown_union.h"

namespace kw::masking {
namespace {

/// Counts of masks, each made once: the same places are asked for again and again.
class Counter {
 public:
  explicit Counter(const Catalogue& catalogue) : catalogue_(catalogue) {}
  Result<Candidates> of(std::size_t kind, std::size_t shape, const Shown& shown) {
    const auto key = std::make_tuple(kind, shape, shown.to_ullong());
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    KW_TRY(const auto made, count_candidates(catalogue_.kinds[kind].shapes[shape], shown, catalogue_.model));
    known_.emplace(key, made);
    return made;
  }
  /// The shape that leaves least decides.
  Result<Count> fewest(std::size_t kind, const std::vector<Shown>& shapes) {
    Count out = kMostCount;
    for (std::size_t shape = 0; shape < shapes.size(); ++shape) {
      KW_TRY(const auto counted, of(kind, shape, shapes[shape]));
      out = std::min(out, counted.fewest);
    }
    return out;
  }

 private:
  const Catalogue& catalogue_;
  std::map<std::tuple<std::size_t, std::size_t, unsigned long long>, Candidates> known_;
};

class Gate {
 public:
  Gate(const Catalogue& catalogue, const std::vector<Profile>& profiles)
      : catalogue_(catalogue), profiles_(profiles), counter_(catalogue) {
    for (const auto& profile : profiles) {
      own_.push_back(places_of(catalogue, profile));
      alone_.push_back(own_.back());
      add_texts(catalogue, profile, alone_.back());
      follow_inside(catalogue, alone_.back());
    }
  }

  Result<GateReport> run() {
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      KW_CHECK(masks_of(i));
      KW_CHECK(inside_of(i));
    }
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      for (std::size_t j = i + 1; j < profiles_.size(); ++j) KW_CHECK(together({i, j}));
      all.push_back(i);
    }
    if (all.size() > 2) KW_CHECK(together(all));
    return std::move(report_);
  }

 private:
  /// masks_of looks at each mask alone.
  Result<> masks_of(std::size_t i) {
    for (std::size_t k = 0; k < catalogue_.kinds.size(); ++k) {
      const auto& kind = catalogue_.kinds[k];
      const auto found = profiles_[i].masks.find(kind.name);
      if (found == profiles_[i].masks.end()) continue;
      const auto& mask = found->second;
      MaskFigure figure{profiles_[i].role, kind.name, kMostCount, kMostCount, kind.personal ? kind.least : 0,
                        mask.reason};
      if (kind.text != TextForm::none) {
        if (mask.step > 0) figure.fewest = figure.mean = kind.shows[mask.step - 1].leaves;
      } else {
        for (std::size_t shape = 0; shape < kind.shapes.size(); ++shape) {
          KW_TRY(const auto counted, counter_.of(k, shape, own_[i][k][shape]));
          figure.fewest = std::min(figure.fewest, counted.fewest);
          figure.mean = std::min(figure.mean, counted.values / counted.looks);
        }
      }
      if (figure.fewest < figure.least && mask.reason.empty()) refuse(MaskRefusal::Why::too_few, {i}, k, figure.fewest);
      report_.figures.push_back(std::move(figure));
    }
    return {};
  }

  /// inside_of looks at what a profile's fields tell of each other.
  Result<> inside_of(std::size_t i) {
    for (std::size_t k = 0; k < catalogue_.kinds.size(); ++k) {
      if (alone_[i][k] == own_[i][k] || !judged({i}, k)) continue;
      KW_TRY(const auto leaves, counter_.fewest(k, alone_[i][k]));
      if (leaves < catalogue_.kinds[k].least && !accepted({i}, k)) refuse(MaskRefusal::Why::computed, {i}, k, leaves);
    }
    return {};
  }

  /// seen_by is what somebody sees who holds all of these profiles.
  [[nodiscard]] ShownPlaces seen_by(const std::vector<std::size_t>& members) const {
    auto out = own_[members.front()];
    for (const auto i : members) {
      join(out, own_[i]);
      add_texts(catalogue_, profiles_[i], out);
    }
    follow_inside(catalogue_, out);
    return out;
  }

  Result<> together(const std::vector<std::size_t>& members) {
    const auto seen = seen_by(members);
    for (std::size_t k = 0; k < catalogue_.kinds.size(); ++k) {
      const auto sees_it_alone = [&](std::size_t i) { return alone_[i][k] == seen[k]; };
      if (std::ranges::any_of(members, sees_it_alone) || !judged(members, k)) continue;
      KW_TRY(const auto leaves, counter_.fewest(k, seen[k]));
      if (leaves >= catalogue_.kinds[k].least || accepted(members, k) || two_see_it(members, k, seen[k])) continue;
      refuse(MaskRefusal::Why::combine, members, k, leaves);
    }
    return {};
  }
  /// two_see_it: two of these see as much as all, and were judged.
  [[nodiscard]] bool two_see_it(const std::vector<std::size_t>& members, std::size_t kind,
                                const std::vector<Shown>& seen) const {
    if (members.size() == 2) return false;
    for (const auto i : members)
      for (const auto j : members)
        if (i < j && seen_by({i, j})[kind] == seen) return true;
    return false;
  }

  /// judged: the kind is personal, is no other kind's value under a second name, and either has a mask here or is told
  /// by two fields at least. One field that tells of a value nobody is shown was judged by its own count.
  [[nodiscard]] bool judged(const std::vector<std::size_t>& members, std::size_t kind) const {
    if (!catalogue_.kinds[kind].personal || second_name(kind)) return false;
    const auto masks_it = [&](std::size_t i) { return profiles_[i].masks.contains(catalogue_.kinds[kind].name); };
    if (std::ranges::any_of(members, masks_it)) return true;
    std::set<std::size_t> telling;
    for (const auto& one : catalogue_.inside) {
      if (one.whole != kind && one.part != kind) continue;
      const auto other = one.whole == kind ? one.part : one.whole;
      const auto shows_it = [&](std::size_t i) {
        const auto mask = profiles_[i].masks.find(catalogue_.kinds[other].name);
        if (one.step > 0) return mask != profiles_[i].masks.end() && mask->second.step >= one.step;
        return std::ranges::any_of(own_[i][other], [](const Shown& shown) { return shown.any(); });
      };
      if (std::ranges::any_of(members, shows_it)) telling.insert(other);
    }
    return telling.size() > 1;
  }
  /// second_name: all of it is all of another kind, which is judged.
  [[nodiscard]] bool second_name(std::size_t kind) const {
    return std::ranges::any_of(catalogue_.inside, [&](const Inside& one) {
      return one.whole == kind && one.step == 0 && one.width == catalogue_.kinds[kind].shapes[one.shape].size &&
             one.width == catalogue_.kinds[one.part].shapes[0].size;
    });
  }

  /// accepted: a member names all the others, or itself where it is alone, and the kind.
  [[nodiscard]] bool accepted(const std::vector<std::size_t>& members, std::size_t kind) const {
    const auto& kind_name = catalogue_.kinds[kind].name;
    return std::ranges::any_of(members, [&](std::size_t i) {
      return std::ranges::all_of(members, [&](std::size_t other) {
        if (other == i && members.size() > 1) return true;
        return std::ranges::any_of(profiles_[i].with, [&](const With& with) {
          return with.kind == kind_name && with.role == profiles_[other].role;
        });
      });
    });
  }

  void refuse(MaskRefusal::Why why, const std::vector<std::size_t>& members, std::size_t kind, Count leaves) {
    MaskRefusal out{why, {}, catalogue_.kinds[kind].name, leaves, catalogue_.kinds[kind].least};
    for (const auto i : members) out.roles.push_back(profiles_[i].role);
    report_.refusals.push_back(std::move(out));
  }

  const Catalogue& catalogue_;
  const std::vector<Profile>& profiles_;
  Counter counter_;
  std::vector<ShownPlaces> own_, alone_;  // by masks; with what fields tell of each other
  GateReport report_;
};

}  // namespace

std::string_view name(MaskRefusal::Why why) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"too_few", "computed", "combine"};
  return kNames.at(static_cast<std::size_t>(why));
}

std::string MaskRefusal::text() const {
  return std::string(name(why)) + ": " + kind + " of " + comma_list(roles) + " leaves " + text_of_count(leaves) +
         " candidates, " + text_of_count(least) + " are asked for";
}

Result<GateReport> examine(const Catalogue& catalogue, const std::vector<Profile>& profiles) {
  if (profiles.size() > kMostProfiles) return fail(Errc::too_large, "profiles: at most 16");
  for (std::size_t i = 0; i < profiles.size(); ++i)
    if (std::ranges::count(profiles, profiles[i].role, &Profile::role) > 1)
      return fail(Errc::invalid, "role: " + profiles[i].role + " has two profiles");
  return Gate(catalogue, profiles).run();
}

}  // namespace kw::masking
