#include "compliance/score.h"

#include <algorithm>

namespace kw::compliance {
namespace {

std::uint64_t credit_halves(Status status) noexcept { return is_met(status) ? 2 : status == Status::partly ? 1 : 0; }

Status status_in(const Verdict& verdict) noexcept { return verdict.status; }
Status status_in(Status status) noexcept { return status; }

template <class One>
Score sum(std::span<const Requirement> requirements, std::span<const One> of) noexcept {
  Score out;
  for (std::size_t i = 0; i < std::min(requirements.size(), of.size()); ++i)
    out.add(requirements[i].severity, status_in(of[i]));
  return out;
}

template <class One>
std::vector<Raise> raises(std::span<const Requirement> requirements, std::span<const std::span<const One>> subjects) {
  std::vector<Raise> all(requirements.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i].requirement = i;
  for (const auto& one : subjects) {
    for (std::size_t i = 0; i < std::min(all.size(), one.size()); ++i) {
      const auto status = status_in(one[i]);
      if (is_met(status) || status == Status::not_applicable) continue;
      all[i].half_weights += (2 - credit_halves(status)) * weight(requirements[i].severity);
      ++all[i].subjects;
    }
  }
  std::erase_if(all, [](const Raise& raise) { return raise.half_weights == 0; });
  std::ranges::sort(all, [](const Raise& a, const Raise& b) {
    return std::pair(b.half_weights, a.requirement) < std::pair(a.half_weights, b.requirement);
  });
  return all;
}

}  // namespace

void Score::add(Severity severity, Status status, std::uint64_t subjects) noexcept {
  count.at(static_cast<std::size_t>(status)) += subjects;
  if (status == Status::not_applicable) return;
  possible += 2 * weight(severity) * subjects;
  earned += credit_halves(status) * weight(severity) * subjects;
}

Score& Score::operator+=(const Score& other) noexcept {
  earned += other.earned;
  possible += other.possible;
  for (std::size_t i = 0; i < kStatuses; ++i) count.at(i) += other.count.at(i);
  return *this;
}

std::optional<std::uint64_t> Score::percent_hundredths() const noexcept {
  if (possible == 0) return std::nullopt;
  return earned * 10'000 / possible;
}

Score score(std::span<const Requirement> requirements, Verdicts verdicts) noexcept {
  return sum(requirements, verdicts);
}
Score score(std::span<const Requirement> requirements, Statuses statuses) noexcept {
  return sum(requirements, statuses);
}

std::vector<Expiring> expiring(Verdicts verdicts, Timestamp now, Duration within) {
  std::vector<Expiring> out;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& until = verdicts[i].valid_until;
    if (until && *until > now && *until <= later(now, within)) out.push_back({i, *until});
  }
  std::ranges::sort(out, [](const Expiring& a, const Expiring& b) {
    return std::pair(a.until, a.requirement) < std::pair(b.until, b.requirement);
  });
  return out;
}

std::vector<Raise> would_raise(std::span<const Requirement> requirements, std::span<const Verdicts> subjects) {
  return raises(requirements, subjects);
}
std::vector<Raise> would_raise(std::span<const Requirement> requirements, std::span<const Statuses> subjects) {
  return raises(requirements, subjects);
}

std::vector<Change> changes(Verdicts before, Verdicts after) {
  std::vector<Change> out;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i].status != after[i].status) out.push_back({i, before[i].status, after[i].status});
  return out;
}

}  // namespace kw::compliance
