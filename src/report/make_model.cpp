#include "report/make_model.h"

#include "report/summary.h"

namespace kw::report {
namespace {

using compliance::Check;
using compliance::Requirement;
using compliance::Status;

Rule rule_of(const Requirement& from) {
  Rule out{from.id,          from.clause, from.modality, from.severity, from.scope, from.title, from.advice,
           from.leaves_open, {}};
  for (const auto& check : from.checks) {
    RuleCheck to{check.name, check.what, check.kind, {}, {}};
    if (check.kind == Check::Kind::fact) to.asked = text_of(check.comparison);
    if (check.kind == Check::Kind::event) {
      to.asked = "within " + compliance::text_of_span(check.within);
      to.must = check.must_happen ? "happen" : "not_happen";
    }
    out.checks.push_back(std::move(to));
  }
  return out;
}

Line line_from(const Sources& sources, std::size_t subject, std::size_t rule) {
  const auto& verdict = sources.subjects[subject].verdicts[rule];
  Line out{static_cast<std::uint16_t>(rule), verdict.status, verdict.valid_until, {}, {}};
  if (out.valid_until && *out.valid_until > kLastTime) out.valid_until.reset();
  if (sources.find.of_verdict) out.proofs = sources.find.of_verdict(subject, rule);
  out.evidence.reserve(verdict.reasons.size());
  for (const auto& reason : verdict.reasons) {
    Evidence evidence{reason, {}};
    evidence.reason.age = std::chrono::floor<std::chrono::seconds>(reason.age);
    if (sources.find.of_reason) evidence.proofs = sources.find.of_reason(subject, rule, reason);
    out.evidence.push_back(std::move(evidence));
  }
  return out;
}

/// What records of this kind show: the words of the first check that asks for one.
Words words_of_kind(std::span<const Requirement> requirements, std::string_view kind) {
  for (const auto& requirement : requirements)
    for (const auto& check : requirement.checks)
      if (check.kind == Check::Kind::record && check.record == kind) return check.what;
  return {};
}

/// What an item rests on comes out as this.
Status item_status(const compliance::Item& item, const std::map<std::string, Status, std::less<>>& rules,
                   const std::map<std::string, Status>& records) {
  std::vector<Status> parts;
  for (const auto& id : item.proven_by) {
    const auto found = rules.find(id);
    parts.push_back(found == rules.end() ? Status::unknown : found->second);
  }
  if (item.attested) {
    const auto found = records.find(item.id);
    parts.push_back(found == records.end() ? Status::unknown : found->second);
  }
  return compliance::status_of(parts);
}

std::vector<ItemLine> items_of(const Sources& sources, const Model& model) {
  const auto summary = summarise(model);
  std::map<std::string, Status, std::less<>> rules;
  for (std::size_t r = 0; r < model.rules.size(); ++r) rules.emplace(model.rules[r].id, summary.rules[r].status);
  std::vector<ItemLine> out;
  for (const auto& file : sources.items)
    for (const auto& item : file.items)
      out.push_back({file.standard, item.id, item.level2, item.level3, file.control_class, item.title,
                     item_status(item, rules, sources.item_records), item.proven_by});
  return out;
}

}  // namespace

Result<Model> make_model(Sources sources) {
  Model out;
  if (sources.requirements.size() > kMostRules || sources.subjects.size() > kMostSubjects)
    return fail(Errc::invalid, "report: too many rules or subjects");
  for (const auto& requirement : sources.requirements) out.rules.push_back(rule_of(requirement));
  for (std::size_t s = 0; s < sources.subjects.size(); ++s) {
    const auto& judged = sources.subjects[s];
    if (judged.verdicts.size() != sources.requirements.size())
      return fail(Errc::invalid, "report: verdicts of " + judged.about.id);
    auto subject = judged.about;
    subject.lines.clear();
    for (std::size_t r = 0; r < sources.requirements.size(); ++r)
      if (sources.requirements[r].scope == subject.scope) subject.lines.push_back(line_from(sources, s, r));
    out.subjects.push_back(std::move(subject));
  }
  out.cover = std::move(sources.cover);
  out.records = std::move(sources.records);
  for (auto& record : out.records) {
    record.valid_until = std::min(record.valid_until, kLastTime);
    record.about = words_of_kind(sources.requirements, record.kind);
  }
  out.trend = std::move(sources.trend);
  out.checkpoint = std::move(sources.checkpoint);
  out.proofs = std::move(sources.proofs);
  KW_CHECK(check_model(out));
  out.items = items_of(sources, out);
  KW_CHECK(check_model(out));
  return out;
}

}  // namespace kw::report
