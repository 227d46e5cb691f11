#include "report/summary.h"

#include <algorithm>

namespace kw::report {
namespace {

using compliance::Status;

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

bool is_open(Status of) noexcept { return !compliance::is_met(of) && of != Status::not_applicable; }

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
      if (finding.subjects.empty() || urgency(line.status) < urgency(finding.worst)) finding.worst = line.status;
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
                             [&](std::size_t s) { return urgency(line_of(model.subjects[s], finding.rule)->status); });
    std::ranges::stable_sort(finding.reasons, std::ranges::greater(), &ReasonGroup::count);
    out.push_back(std::move(finding));
  }
  const auto key = [&](const Finding& finding) {
    return std::tuple(
        -static_cast<int>(model.rules[finding.rule].severity), urgency(finding.worst),
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
  out.subjects.resize(model.subjects.size());
  out.rules.resize(model.rules.size());
  ScoreTable chapters(out.chapters), sections(out.sections), districts(out.districts), sites(out.sites);
  for (const auto& rule : model.rules) {
    chapters.at(compliance::chapter_of(rule.clause));
    sections.at(section_of(rule.clause));
  }
  for (std::size_t s = 0; s < model.subjects.size(); ++s) {
    const auto& subject = model.subjects[s];
    auto& own = out.subjects[s];
    for (const auto& line : subject.lines) {
      const auto& asked = model.rules[line.rule];
      own.add(asked.severity, line.status);
      chapters.at(compliance::chapter_of(asked.clause)).score.add(asked.severity, line.status);
      sections.at(section_of(asked.clause)).score.add(asked.severity, line.status);
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
