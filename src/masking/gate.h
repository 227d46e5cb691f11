#pragma once
// examine counts what every mask of some profiles leaves, and refuses what leaves too little: alone, by another field
// that stands inside, or together with another profile that one person may hold as well.
//
//   KW_TRY(const auto report, examine(catalogue, profiles));
//   if (!report.good()) for (r : report.refusals) ... r.text()
//
//   too_few   a mask alone leaves fewer candidates than its kind asks for, and gives no reason
//   computed  fields of one profile tell of another field what its mask hides (a birthday, inside an identity number)
//   combine   two profiles, or all of them, show more together than any of them, and too much
//
// The worst case counts: the value of which least others look alike, of the shape that has least. PURE; any thread.
// Model: docs/design/masking.md. Why: ADR 106.
#include "masking/profile.h"

namespace kw::masking {

/// What one mask of one role leaves.
struct MaskFigure {
  std::string role, kind;
  Count fewest = 0, mean = 0, least = 0;  // least: what the kind asks for; 0 where it asks for nothing
  std::string reason;                     // given for less
};

struct MaskRefusal {
  enum class Why : std::uint8_t { too_few, computed, combine };
  Why why = Why::too_few;
  std::vector<std::string> roles;
  std::string kind;
  Count leaves = 0, least = 0;
  [[nodiscard]] std::string text() const;  // one line for an operator
};
[[nodiscard]] std::string_view name(MaskRefusal::Why why) noexcept;

struct GateReport {
  std::vector<MaskFigure> figures;
  std::vector<MaskRefusal> refusals;
  [[nodiscard]] bool good() const noexcept { return refusals.empty(); }
};

inline constexpr std::size_t kMostProfiles = 16;
/// examine: Errc::invalid where two profiles have one role, Errc::too_large for more than kMostProfiles or a mask that
/// cannot be counted.
Result<GateReport> examine(const Catalogue& catalogue, const std::vector<Profile>& profiles);

}  // namespace kw::masking
