#pragma once
// Score says how much of what applies is met, weighed by severity; expiring, would_raise and changes say what ends
// soon, what would help most, and what became of it.
//
//   score = 100 × Σ weight × credit / Σ weight        over requirements that apply and are not informative
//   weight: minor 1, ordinary 2, serious 4, critical 8    credit: met 1, partly ½, everything else 0
//
// Unknown weighs as if it were not met. A fleet's score is the sum of all numerators over the sum of all denominators:
// each device weighs as much as there is to ask of it. Shown in hundredths of a percent, rounded down: 100.00 is
// everything (ADR 132). PURE; thread-safe.
#include <array>

#include "compliance/verdict.h"

namespace kw::compliance {

[[nodiscard]] constexpr std::uint64_t weight(Severity of) noexcept {
  constexpr std::array<std::uint64_t, 5> kWeights{0, 1, 2, 4, 8};
  return kWeights[static_cast<std::size_t>(of)];
}

struct Score {
  std::uint64_t earned = 0, possible = 0;        // in half weights
  std::array<std::uint64_t, kStatuses> count{};  // by Status
  /// add counts one requirement at so many subjects.
  void add(Severity severity, Status status, std::uint64_t subjects = 1) noexcept;
  Score& operator+=(const Score& other) noexcept;
  friend bool operator==(const Score&, const Score&) = default;
  /// percent_hundredths: nothing where nothing applies.
  [[nodiscard]] std::optional<std::uint64_t> percent_hundredths() const noexcept;
};

/// One subject's verdicts, in the order of the requirements.
using Verdicts = std::span<const Verdict>;

[[nodiscard]] Score score(std::span<const Requirement> requirements, Verdicts verdicts) noexcept;
/// One subject's statuses, for who keeps no more of its verdicts.
using Statuses = std::span<const Status>;
[[nodiscard]] Score score(std::span<const Requirement> requirements, Statuses statuses) noexcept;

struct Expiring {
  std::size_t requirement = 0;  // index
  Timestamp until;
};
/// expiring: records that hold a verdict, and end at most `within` from now; the first to end stands first.
[[nodiscard]] std::vector<Expiring> expiring(Verdicts verdicts, Timestamp now, Duration within);

struct Raise {
  std::size_t requirement = 0;
  std::uint64_t half_weights = 0;  // what the sum of `earned` would gain
  std::uint64_t subjects = 0;      // at how many it is not met
};
/// would_raise: which requirement, met everywhere, would raise the score of all these subjects most; that one first.
[[nodiscard]] std::vector<Raise> would_raise(std::span<const Requirement> requirements,
                                             std::span<const Verdicts> subjects);
[[nodiscard]] std::vector<Raise> would_raise(std::span<const Requirement> requirements,
                                             std::span<const Statuses> subjects);

struct Change {
  std::size_t requirement = 0;
  Status before = Status::unknown, after = Status::unknown;
};
/// changes: where the status differs, in the order of the requirements.
[[nodiscard]] std::vector<Change> changes(Verdicts before, Verdicts after);

}  // namespace kw::compliance
