#include "report/model.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

#include "base/utf8.h"

namespace kw::report {
namespace {

constexpr std::size_t kMostText = 4096;

Result<> wrong(std::string what) { return fail(Errc::invalid, "report: " + std::move(what)); }

bool is_text(std::string_view text) { return text.size() <= kMostText && is_utf8(text); }
bool are_texts(std::initializer_list<std::string_view> texts) { return std::ranges::all_of(texts, is_text); }
bool are_words(std::initializer_list<const Words*> all) {
  return std::ranges::all_of(all, [](const Words* one) { return is_text(one->zh) && is_text(one->en); });
}

/// What the text form of a time can hold.
bool are_times(std::initializer_list<Timestamp> times) {
  return std::ranges::all_of(times, [](Timestamp one) { return one.unix_ns >= 0 && one <= kLastTime; });
}

/// Names that stand twice would be read as the first of them.
template <class List, class Name>
bool are_different(const List& list, Name name) {
  std::set<std::string_view> seen;
  return std::ranges::all_of(list, [&](const auto& one) { return seen.insert(std::invoke(name, one)).second; });
}

bool point(std::span<const std::uint32_t> proofs, const Model& into) {
  return std::ranges::all_of(proofs, [&](std::uint32_t at) { return at < into.proofs.size(); });
}

Result<> check_line(const Line& line, const Model& model) {
  const auto& rule = model.rules[line.rule];
  if (!point(line.proofs, model)) return wrong("line " + rule.id + ": proof");
  if (line.valid_until && !are_times({*line.valid_until})) return wrong("line " + rule.id + ": time");
  for (const auto& evidence : line.evidence) {
    const auto& reason = evidence.reason;
    if (reason.check != compliance::Reason::kNoCheck && reason.check >= rule.checks.size())
      return wrong("line " + rule.id + ": check");
    if (!point(evidence.proofs, model)) return wrong("line " + rule.id + ": proof");
    if (!are_texts({reason.used, reason.value})) return wrong("line " + rule.id + ": text");
  }
  return {};
}

Result<> check_subject(const Subject& subject, const Model& model) {
  if (!are_texts({subject.id, subject.name, subject.kind, subject.site, subject.district, subject.custodian}))
    return wrong("text of a subject");
  if (subject.id.empty()) return wrong("a subject without an id");
  std::int32_t before = -1;
  for (const auto& line : subject.lines) {
    if (line.rule >= model.rules.size() || line.rule <= before) return wrong("lines of " + subject.id);
    before = line.rule;
    KW_CHECK(check_line(line, model));
  }
  return {};
}

}  // namespace

Result<> check_model(const Model& model) {
  const auto& cover = model.cover;
  if (!are_texts({cover.number, cover.standard, cover.software}) ||
      !are_words(
          {&cover.title, &cover.subject, &cover.scope, &cover.operating_unit, &cover.prepared_by, &cover.platform}))
    return wrong("text of the cover");
  if (!are_times({cover.from, cover.until, cover.made})) return wrong("times of the cover");
  if (!are_different(model.rules, &Rule::id)) return wrong("a rule stands twice");
  if (model.rules.empty() || model.rules.size() > kMostRules) return wrong("number of rules");
  if (model.subjects.size() > kMostSubjects) return wrong("too many subjects");
  if (model.proofs.size() > kMostProofs) return wrong("too many proofs");
  for (const auto& rule : model.rules) {
    if (rule.id.empty() || !are_texts({rule.id, rule.clause}) ||
        !are_words({&rule.title, &rule.advice, &rule.leaves_open}))
      return wrong("rule");
    if (!are_different(rule.checks, &RuleCheck::name)) return wrong("a check of " + rule.id + " stands twice");
    for (const auto& check : rule.checks)
      if (!are_texts({check.name, check.asked, check.must}) || !are_words({&check.what}))
        return wrong("check of " + rule.id);
  }
  for (const auto& subject : model.subjects) KW_CHECK(check_subject(subject, model));
  for (const auto& record : model.records)
    if (!are_texts({record.kind, record.number, record.issuer, record.role, record.subject}) ||
        !are_words({&record.about}) || !are_times({record.valid_from, record.valid_until}))
      return wrong("record");
  for (const auto& item : model.items) {
    if (!are_texts({item.standard, item.id, item.level2, item.level3}) ||
        !are_words({&item.control_class, &item.title}))
      return wrong("item");
    if (!std::ranges::all_of(item.proven_by, is_text)) return wrong("item");
  }
  for (const auto& proof : model.proofs)
    if (!is_text(proof.type) || !are_times({proof.time}) || proof.path.size() > ledger::kMaxProof ||
        proof.entry.size() > ledger::kMaxEntry)
      return wrong("proof");
  for (const auto& point_of : model.trend)
    if (!are_times({point_of.time})) return wrong("trend");
  if (model.checkpoint.size() > ledger::kMaxEntry) return wrong("checkpoint");
  return {};
}

std::string_view section_of(std::string_view clause) noexcept {
  const auto first = clause.find('.');
  if (first == clause.npos) return compliance::chapter_of(clause);
  auto end = first + 1;
  while (end < clause.size() && std::isdigit(static_cast<unsigned char>(clause[end])) != 0) ++end;
  return clause.substr(0, end);
}

}  // namespace kw::report
