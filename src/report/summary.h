#pragma once
// Summary is what follows from a Model: scores of the whole, of chapters, districts, sites and subjects, counts for
// each rule, and findings. summarise computes it; nothing of it is ever taken from a file.
//
// A finding is one rule that is not met everywhere, with its subjects, the worst first: by severity, then by status,
// then by how many subjects it is about. Unknown is a finding (ADR 130), what does not apply is none. PURE;
// thread-safe. The scores are those of ADR 132.
#include <map>

#include "compliance/score.h"
#include "report/model.h"

namespace kw::report {

struct NamedScore {
  std::string name;
  compliance::Score score;
  std::size_t subjects = 0;
};
struct RuleSummary {
  std::array<std::uint64_t, compliance::kStatuses> count{};  // by Status
  compliance::Status status = compliance::Status::unknown;   // of all together (compliance::status_of)
  std::uint64_t subjects = 0;
};
/// Checks that came out alike, at several subjects.
struct ReasonGroup {
  compliance::Reason reason;  // as it was at the first of them
  std::size_t subject = 0;    // that first one
  std::uint64_t count = 0;
};
struct Finding {
  std::uint16_t rule = 0;
  compliance::Status worst = compliance::Status::unknown;
  std::vector<std::size_t> subjects;  // where it is not met, the worst first; indices
  std::vector<ReasonGroup> reasons;   // what does not hold, the most frequent first
};

struct Summary {
  compliance::Score total;
  std::vector<NamedScore> chapters, sections, districts, sites;  // in order of first appearance
  std::vector<compliance::Score> subjects;                       // as Model::subjects
  std::vector<RuleSummary> rules;                                // as Model::rules
  std::vector<Finding> findings;
};

/// summarise wants a model that check_model has passed.
[[nodiscard]] Summary summarise(const Model& model);
/// reasons_of: how the checks of a rule came out at all its subjects, by check, then by frequency.
[[nodiscard]] std::vector<ReasonGroup> reasons_of(const Model& model, std::uint16_t rule);
/// line_of: the subject's line of this rule, or null.
[[nodiscard]] const Line* line_of(const Subject& subject, std::uint16_t rule) noexcept;

}  // namespace kw::report
