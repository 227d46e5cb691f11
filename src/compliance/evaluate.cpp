#include <algorithm>

#include "compliance/verdict.h"

namespace kw::compliance {
namespace {

/// Clocks may differ by this much before a measurement counts as one from the future.
constexpr std::chrono::minutes kSkew{5};
constexpr std::size_t kMostValue = 128;

/// One check's answer; `until` is when it may change by itself, `valid_until` the end of the record it rests on.
struct Answer {
  Reason reason;
  Timestamp until = kForever;
  std::optional<Timestamp> valid_until;
};

std::string short_value(std::string_view value) {
  if (value.size() <= kMostValue) return std::string(value);
  std::size_t size = kMostValue;
  while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xc0U) == 0x80U) --size;  // a whole character
  return std::string(value.substr(0, size));
}

void decide(Answer& answer, Outcome outcome, Why why) {
  answer.reason.outcome = outcome;
  answer.reason.why = why;
}

/// True where the fact's time lets it speak; else the answer is unknown and says why.
bool is_fresh(const Fact& fact, Duration stale_after, Timestamp now, Answer& answer) {
  if (fact.time > later(now, kSkew)) {
    decide(answer, Outcome::unknown, Why::in_future);
    answer.until = std::min(answer.until, fact.time - kSkew);
    return false;
  }
  const auto age = std::max(now - fact.time, Duration(0));
  answer.reason.age = age;
  if (age > stale_after) {
    decide(answer, Outcome::unknown, Why::stale);
    return false;
  }
  answer.until = std::min(answer.until, later(fact.time, stale_after + Duration(1)));
  return true;
}

Answer judge_fact(const Check& check, const Facts& facts, Timestamp now) {
  Answer out;
  out.reason.used = check.keys[0];
  const auto* fact = facts.find(check.keys[0]);
  if (fact == nullptr) return out;
  out.reason.value = short_value(fact->value);
  if (!is_fresh(*fact, check.stale_after, now, out)) return out;
  if (check.needs_signature && !fact->is_signed) {
    decide(out, Outcome::unknown, Why::not_signed);
    return out;
  }
  if (std::ranges::find(check.says_nothing, fact->value) != check.says_nothing.end()) {
    decide(out, Outcome::unknown, Why::not_measured);
    return out;
  }
  const auto compared = compare(check.comparison, fact->value, now);
  decide(out, compared.holds ? Outcome::holds : Outcome::fails, compared.holds ? Why::holds : Why::differs);
  out.until = std::min(out.until, compared.until);
  return out;
}

const Fact* latest_of(const std::vector<std::string>& keys, const Facts& facts) {
  const Fact* out = nullptr;
  for (const auto& key : keys)
    if (const auto* fact = facts.find(key); fact != nullptr && (out == nullptr || fact->time > out->time)) out = fact;
  return out;
}

void name_event(const Fact& event, Timestamp now, Answer& answer) {
  answer.reason.used = event.key;
  answer.reason.value = short_value(event.value);
  answer.reason.age = std::max(now - event.time, Duration(0));
}

/// The latest of these events within the time, where it is not settled.
const Fact* standing_event(const Check& check, const Facts& facts, Timestamp now, Timestamp& until) {
  const auto* settled = latest_of(check.settled_by, facts);
  const Fact* out = nullptr;
  for (const auto& key : check.keys) {
    const auto* event = facts.find(key);
    if (event == nullptr || now - event->time > check.within) continue;
    if (settled != nullptr && settled->time > event->time) continue;
    until = std::min(until, later(event->time, check.within + Duration(1)));
    if (out == nullptr || event->time > out->time) out = event;
  }
  return out;
}

/// Until when all events of these types are there, by the one that is known least far; null where one is not known.
const Fact* completeness(const Check& check, const Facts& facts) {
  const Fact* out = nullptr;
  for (const auto& key : check.keys) {
    const auto* of_type = facts.find(std::string(kEventsCompleteOf) + key.substr(kEventPrefix.size()));
    const auto* fact = of_type != nullptr ? of_type : facts.find(kEventsComplete);
    if (fact == nullptr) return nullptr;
    if (out == nullptr || fact->time < out->time) out = fact;
  }
  return out;
}

Answer judge_event(const Check& check, const Facts& facts, Timestamp now) {
  Answer out;
  out.reason.used = check.keys[0];
  if (const auto* event = standing_event(check, facts, now, out.until)) {
    name_event(*event, now, out);
    decide(out, check.must_happen ? Outcome::holds : Outcome::fails, check.must_happen ? Why::holds : Why::happened);
    return out;
  }
  // That nothing is there says something only where all events are known to have arrived.
  const auto* complete = completeness(check, facts);
  decide(out, Outcome::unknown, Why::events_incomplete);
  if (complete == nullptr || !is_fresh(*complete, check.stale_after, now, out)) return out;
  decide(out, check.must_happen ? Outcome::fails : Outcome::holds,
         check.must_happen ? Why::did_not_happen : Why::holds);
  return out;
}

/// What is wrong with a record, beside its time; nothing where it is as asked.
void judge_fields(const Check& check, const Evidence& record, Timestamp now, Answer& out) {
  if (std::ranges::find(check.roles, record.role) == check.roles.end()) {
    decide(out, Outcome::fails, Why::wrong_role);
    out.reason.value = record.role;
    return;
  }
  if (check.needs_file && record.file_digest.empty()) return decide(out, Outcome::fails, Why::no_file);
  for (const auto& field : check.fields) {
    const auto found = record.fields.find(field.name);
    if (found == record.fields.end() || found->second.empty()) {
      out.reason.used += "/" + field.name;
      return decide(out, Outcome::fails, Why::field_missing);
    }
    const auto compared = compare(field.comparison, found->second, now);
    out.until = std::min(out.until, compared.until);
    if (compared.holds) continue;
    out.reason.used += "/" + field.name;
    out.reason.value = short_value(found->second);
    return decide(out, Outcome::fails, Why::field_differs);
  }
  decide(out, Outcome::holds, Why::holds);
}

Answer judge_one_record(const Check& check, const Evidence& record, Timestamp now) {
  Answer out;
  out.reason.used = record.number;
  out.reason.age = std::max(now - record.valid_from, Duration(0));
  auto ends = record.valid_until;
  if (check.valid_for > Duration(0)) ends = std::min(ends, later(record.valid_from, check.valid_for));
  if (record.valid_from > now) {
    out.until = record.valid_from;
    decide(out, Outcome::fails, Why::not_yet_valid);
    return out;
  }
  if (ends <= now) {
    decide(out, Outcome::fails, Why::expired);
    return out;
  }
  out.until = ends;
  out.valid_until = ends;
  judge_fields(check, record, now, out);
  return out;
}

/// The best of several: one that holds before one that does not, of those the one that ends last.
Answer judge_record(const Check& check, const Evidences& evidences, Timestamp now) {
  Answer best;
  best.reason.used = check.record;
  decide(best, Outcome::unknown, Why::no_record);
  auto until = kForever;
  bool first = true;
  for (const auto& record : evidences.of(check.record)) {
    auto one = judge_one_record(check, record, now);
    until = std::min(until, one.until);
    const auto better = [](const Answer& answer) {
      return std::pair(answer.reason.outcome == Outcome::holds, answer.valid_until.value_or(Timestamp{}));
    };
    if (first || better(one) > better(best)) best = std::move(one);
    first = false;
  }
  best.until = until;
  return best;
}

/// A statement that the requirement does not apply. True where it is good.
bool does_not_apply(const Requirement& requirement, const Evidences& evidences, Timestamp now, Verdict& out) {
  for (const auto& said : evidences.of(kNotApplicable)) {
    if (said.requirement != requirement.id) continue;
    Answer answer;
    answer.reason.used = said.number;
    answer.reason.value = short_value(said.reason);
    answer.reason.age = std::max(now - said.valid_from, Duration(0));
    if (said.valid_from > now) {
      out.holds_until = std::min(out.holds_until, said.valid_from);
      decide(answer, Outcome::fails, Why::not_yet_valid);
    } else if (said.valid_until <= now) {
      decide(answer, Outcome::fails, Why::expired);
    } else if (!requirement.may_not_apply) {
      decide(answer, Outcome::fails, Why::may_not_be_left);
      out.holds_until = std::min(out.holds_until, said.valid_until);
    } else if (said.reason.empty() || said.who.empty() || said.second_who.empty() || said.who == said.second_who) {
      decide(answer, Outcome::fails, Why::one_signer);
      out.holds_until = std::min(out.holds_until, said.valid_until);
    } else {
      decide(answer, Outcome::holds, Why::said_not_to_apply);
      out.status = Status::not_applicable;
      out.valid_until = said.valid_until;
      out.holds_until = said.valid_until;
      out.reasons = {std::move(answer.reason)};
      return true;
    }
    out.reasons.push_back(std::move(answer.reason));
  }
  return false;
}

Status status_of(const Requirement& requirement, const std::vector<Answer>& answers) {
  bool some = false, all = true, attested = false, unknown = false;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& check = requirement.checks[i];
    const auto outcome = answers[i].reason.outcome;
    const bool record = check.kind == Check::Kind::record;
    if (outcome == Outcome::fails && check.decides) return Status::not_met;
    if (outcome == Outcome::unknown && check.decides && !record) unknown = true;
    some = some || outcome == Outcome::holds;
    all = all && outcome == Outcome::holds;
    attested = attested || record;
  }
  if (unknown || !some) return Status::unknown;
  if (!all || !requirement.leaves_open.en.empty()) return Status::partly;
  return attested ? Status::met_attested : Status::met_measured;
}

}  // namespace

Verdict evaluate(const Requirement& requirement, const Facts& facts, const Evidences& evidences, Timestamp now) {
  Verdict out;
  if (does_not_apply(requirement, evidences, now, out)) return out;
  std::vector<Answer> answers;
  answers.reserve(requirement.checks.size());
  for (const auto& check : requirement.checks) {
    switch (check.kind) {
      case Check::Kind::fact:
        answers.push_back(judge_fact(check, facts, now));
        break;
      case Check::Kind::event:
        answers.push_back(judge_event(check, facts, now));
        break;
      case Check::Kind::record:
        answers.push_back(judge_record(check, evidences, now));
        break;
    }
    answers.back().reason.check = static_cast<std::uint16_t>(answers.size() - 1);
  }
  out.status = status_of(requirement, answers);
  out.reasons.reserve(out.reasons.size() + answers.size() + 1);
  for (auto& answer : answers) {
    out.holds_until = std::min(out.holds_until, answer.until);
    if (answer.valid_until && answer.reason.outcome == Outcome::holds)
      out.valid_until = std::min(out.valid_until.value_or(kForever), *answer.valid_until);
    out.reasons.push_back(std::move(answer.reason));
  }
  if (!requirement.leaves_open.en.empty())
    out.reasons.push_back({.outcome = Outcome::unknown, .why = Why::left_open, .used = {}, .value = {}});
  return out;
}

}  // namespace kw::compliance
