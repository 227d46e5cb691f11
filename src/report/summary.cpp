#include "report/summary.h"

#include <algorithm>

namespace kw::report {
namespace {

using compliance::Score;
using compliance::Status;

/// What one line adds to a score, by the engine's own rule.
class LineScores {
 public:
  explicit LineScores(const Model& model) : all_(model.rules.size()) {
    for (std::size_t r = 0; r < model.rules.size(); ++r) {
      compliance::Requirement requirement;
      requirement.severity = model.rules[r].severity;
      for (std::size_t s = 0; s < compliance::kStatuses; ++s) {
        compliance::Verdict verdict;
        verdict.status = static_cast<Status>(s);
        all_[r].at(s) = compliance::score({&requirement, 1}, {&verdict, 1});
      }
    }
  }
  [[nodiscard]] const Score& of(const Line& line) const {
    return all_[line.rule].at(static_cast<std::size_t>(line.status));
  }

 private:
  std::vector<std::array<Score, compliance::kStatuses>> all_;
};

/// Scores by name, in the order in which names come.
class ScoreTable {
 public:
  explicit ScoreTable(std::vector<NamedScore>& to) : to_(to) {}
  NamedScore& at(std::string_view name) {
    const auto [place, added] = places_.try_emplace(std::string(name), to_.size());
    if (added) to_.push_back({std::string(name), {}, 0});
    return to_[place->second];
  }

 private:
  std::vector<NamedScore>& to_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

/// Smaller is worse.
int rank(Status of) noexcept {
  switch (of) {
    case Status::not_met:
      return 0;
    case Status::unknown:
      return 1;
    case Status::partly:
      return 2;
    case Status::met_attested:
    case Status::met_measured:
    case Status::not_applicable:
      break;
  }
  return 3;
}
bool is_open(Status of) noexcept { return rank(of) < 3; }

Status together(const std::array<std::uint64_t, compliance::kStatuses>& count) {
  std::vector<Status> kinds;
  for (std::size_t s = 0; s < count.size(); ++s)
    if (count.at(s) > 0) kinds.push_back(static_cast<Status>(s));
  return compliance::status_of(kinds);
}

void add_reasons(std::vector<ReasonGroup>& to, const Line& line, std::size_t subject, bool holding) {
  for (const auto& [reason, proofs] : line.evidence) {
    if (!holding && reason.outcome == compliance::Outcome::holds) continue;
    const auto same = std::ranges::find_if(to, [&, &of = reason](const ReasonGroup& group) {
      return group.reason.check == of.check && group.reason.why == of.why;
    });
    if (same == to.end())
      to.push_back({reason, subject, 1});
    else
      ++same->count;
  }
}

std::vector<Finding> findings_of(const Model& model, const Summary& summary) {
  std::vector<Finding> by_rule(model.rules.size());
  for (std::size_t s = 0; s < model.subjects.size(); ++s) {
    for (const auto& line : model.subjects[s].lines) {
      if (!is_open(line.status)) continue;
      auto& finding = by_rule[line.rule];
      if (finding.subjects.empty() || rank(line.status) < rank(finding.worst)) finding.worst = line.status;
      finding.subjects.push_back(s);
      add_reasons(finding.reasons, line, s, false);
    }
  }
  std::vector<Finding> out;
  for (std::size_t r = 0; r < by_rule.size(); ++r) {
    auto& finding = by_rule[r];
    if (finding.subjects.empty() || model.rules[r].modality == compliance::Modality::informative) continue;
    finding.rule = static_cast<std::uint16_t>(r);
    std::ranges::stable_sort(finding.subjects, {},
                             [&](std::size_t s) { return rank(line_of(model.subjects[s], finding.rule)->status); });
    std::ranges::stable_sort(finding.reasons, std::ranges::greater(), &ReasonGroup::count);
    out.push_back(std::move(finding));
  }
  const auto key = [&](const Finding& finding) {
    return std::tuple(
        -static_cast<int>(model.rules[finding.rule].severity), rank(finding.worst),
        -static_cast<std::int64_t>(summary.rules[finding.rule].count.at(static_cast<std::size_t>(finding.worst))));
  };
  std::ranges::stable_sort(out, {}, key);
  return out;
}

}  // namespace

const Line* line_of(const Subject& subject, std::uint16_t rule) noexcept {
  const auto at = std::ranges::lower_bound(subject.lines, rule, {}, &Line::rule);
  return at != subject.lines.end() && at->rule == rule ? &*at : nullptr;
}

std::vector<ReasonGroup> reasons_of(const Model& model, std::uint16_t rule) {
  std::vector<ReasonGroup> out;
  for (std::size_t s = 0; s < model.subjects.size(); ++s)
    if (const auto* line = line_of(model.subjects[s], rule)) add_reasons(out, *line, s, true);
  std::ranges::stable_sort(out, [](const ReasonGroup& a, const ReasonGroup& b) {
    return std::tuple(a.reason.check, b.count) < std::tuple(b.reason.check, a.count);
  });
  return out;
}

Summary summarise(const Model& model) {
  Summary out;
  const LineScores scores(model);
  out.subjects.resize(model.subjects.size());
  out.rules.resize(model.rules.size());
  ScoreTable chapters(out.chapters), sections(out.sections), districts(out.districts), sites(out.sites);
  for (const auto& rule : model.rules) {
    chapters.at(chapter_of(rule.clause));
    sections.at(section_of(rule.clause));
  }
  for (std::size_t s = 0; s < model.subjects.size(); ++s) {
    const auto& subject = model.subjects[s];
    auto& own = out.subjects[s];
    for (const auto& line : subject.lines) {
      const auto& add = scores.of(line);
      own += add;
      chapters.at(chapter_of(model.rules[line.rule].clause)).score += add;
      sections.at(section_of(model.rules[line.rule].clause)).score += add;
      auto& rule = out.rules[line.rule];
      ++rule.count.at(static_cast<std::size_t>(line.status));
      ++rule.subjects;
    }
    out.total += own;
    for (auto* table : {&districts, &sites}) {
      const auto& name = table == &districts ? subject.district : subject.site;
      if (name.empty()) continue;
      auto& entry = table->at(name);
      entry.score += own;
      if (subject.scope == compliance::Scope::device) ++entry.subjects;
    }
  }
  for (auto& rule : out.rules) rule.status = together(rule.count);
  out.findings = findings_of(model, out);
  return out;
}

}  // namespace kw::report
