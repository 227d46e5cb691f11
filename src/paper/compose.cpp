#include "paper/compose.h"

#include <algorithm>
#include <set>

#include "paper/composer.h"

namespace kw::paper {
namespace {

/// "of 1,000" only where there are several.
std::string share_text(const Composer& of, std::uint64_t count, std::uint64_t all) {
  if (all <= 1) return {};
  return of.say("，", ", ") + std::to_string(count) + "/" + std::to_string(all);
}

}  // namespace

std::string Composer::counts_text(const std::array<std::uint64_t, compliance::kStatuses>& count) const {
  std::string all;
  for (std::size_t s = 0; s < count.size(); ++s) {
    if (count.at(s) == 0) continue;
    all += (all.empty() ? "" : "  ") + std::string(mark_of(static_cast<compliance::Status>(s))) + " " +
           std::to_string(count.at(s));
  }
  return all.empty() ? "—" : all;
}

std::string Composer::seen_text(const report::Rule& rule, const compliance::Reason& reason) const {
  using compliance::Why;
  const auto* check = reason.check < rule.checks.size() ? &rule.checks[reason.check] : nullptr;
  const bool of_event = check != nullptr && check->kind == compliance::Check::Kind::event;
  const auto used = of_event && reason.used.starts_with(compliance::kEventPrefix)
                        ? reason.used.substr(compliance::kEventPrefix.size())
                        : reason.used;
  if (used.empty()) return {};
  if (of_event && check->must == "not_happen" && reason.why == Why::holds)
    return say("未见 ", "no ") + used + say("，事件收齐至 ", ", events complete until ") +
           age_text(language, reason.age) + say("前", " ago");
  const bool nothing_seen = reason.why == Why::no_record || reason.why == Why::never_measured ||
                            reason.why == Why::events_incomplete || reason.why == Why::did_not_happen;
  if (nothing_seen) return reason.why == Why::no_record ? std::string() : used;
  auto text = used;
  const bool of_fact = check != nullptr && check->kind == compliance::Check::Kind::fact;
  if (!reason.value.empty() || of_fact)
    text += " = " + (reason.value.empty() ? say("（空）", "(empty)") : reason.value);
  text += say("，", ", ") + age_text(language, reason.age) + say("前", " ago");
  if (reason.why == Why::differs && of_fact && !check->asked.empty())
    text += say("；要求", "; has to be: ") + asked_text(language, check->asked);
  return text;
}

std::string Composer::reason_text(const report::Rule& rule, const report::ReasonGroup& group, std::uint64_t of) const {
  const auto& reason = group.reason;
  if (reason.why == compliance::Why::left_open) return say("○ 未覆盖：", "○ Left open: ") + say(rule.leaves_open);
  const auto mark = reason.outcome == compliance::Outcome::holds   ? "√ "
                    : reason.outcome == compliance::Outcome::fails ? "× "
                                                                   : "○ ";
  auto line = mark + (reason.check < rule.checks.size() ? say(rule.checks[reason.check].what)
                                                        : say("声明不适用", "Declared not applicable"));
  line += say("：", ": ") + std::string(word_for(language, reason.why)) + share_text(*this, group.count, of);
  auto seen = seen_text(rule, reason);
  if (seen.empty()) return line;
  if (of > 1 && reason.outcome != compliance::Outcome::holds)
    seen.insert(0, subject_name(model.subjects[group.subject]) + say("：", ": "));
  return line + say("（", " (") + seen + say("）", ")");
}

std::string Composer::proofs_text(std::vector<std::uint64_t> indices, std::size_t most) const {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, indices.size()); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(indices[i]);
  if (indices.size() > most)
    text += say(" 等 " + std::to_string(indices.size()) + " 条", " … (" + std::to_string(indices.size()) + " in all)");
  return text.empty() ? "—" : text;
}

std::string Composer::subject_name(const report::Subject& subject) const {
  if (subject.scope == compliance::Scope::platform) return say("管理平台", "platform");
  return subject.name.empty() ? subject.id : subject.name;
}

std::vector<std::uint64_t> proofs_of_rule(const report::Model& model, std::uint16_t rule) {
  std::set<std::uint64_t> all;
  for (const auto& subject : model.subjects) {
    const auto* line = report::line_of(subject, rule);
    if (line == nullptr) continue;
    for (const auto at : line->proofs) all.insert(model.proofs[at].index);
    for (const auto& evidence : line->evidence)
      for (const auto at : evidence.proofs) all.insert(model.proofs[at].index);
  }
  return {all.begin(), all.end()};
}

Document compose(const report::Model& model, Language language, const PageLimits& limits) {
  const auto summary = report::summarise(model);
  Composer composer{model, summary, language, limits};
  composer.out.language = language;
  composer.out.made = model.cover.made;
  compose_cover(composer);
  compose_scope(composer);
  compose_conclusions(composer);
  compose_clauses(composer);
  compose_findings(composer);
  compose_annexes(composer);
  return std::move(composer.out);
}

}  // namespace kw::paper
