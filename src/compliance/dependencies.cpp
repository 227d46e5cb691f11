#include "compliance/dependencies.h"

namespace kw::compliance {

Dependencies::Dependencies(std::span<const Requirement> requirements) : requirements_(requirements) {
  const auto note = [](auto& table, const std::string& key, std::uint16_t index) {
    auto& list = table[key];
    if (list.empty() || list.back() != index) list.push_back(index);
  };
  for (std::uint16_t i = 0; i < requirements.size(); ++i) {
    ids_.emplace(requirements[i].id, i);
    note(records_, std::string(kNotApplicable), i);
    for (const auto& check : requirements[i].checks) {
      if (check.kind == Check::Kind::record) note(records_, check.record, i);
      for (const auto& key : check.keys) note(facts_, key, i);
      for (const auto& key : check.settled_by) note(facts_, key, i);
      if (check.kind == Check::Kind::event) note(facts_, std::string(kEventsComplete), i);
    }
  }
}

std::span<const std::uint16_t> Dependencies::of_fact(std::string_view key) const noexcept {
  const auto found = facts_.find(key);
  return found == facts_.end() ? std::span<const std::uint16_t>() : found->second;
}
std::span<const std::uint16_t> Dependencies::of_record(std::string_view kind) const noexcept {
  const auto found = records_.find(kind);
  return found == records_.end() ? std::span<const std::uint16_t>() : found->second;
}
std::optional<std::uint16_t> Dependencies::named(std::string_view id) const noexcept {
  const auto found = ids_.find(id);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

Board::Board(const Dependencies& index, Facts facts, Evidences evidences, Timestamp now)
    : index_(&index), facts_(std::move(facts)), evidences_(std::move(evidences)) {
  verdicts_.reserve(index.requirements().size());
  for (const auto& one : index.requirements()) verdicts_.push_back(evaluate(one, facts_, evidences_, now));
}

std::size_t Board::judge(std::span<const std::uint16_t> which, Timestamp now) {
  for (const auto i : which) verdicts_[i] = evaluate(index_->requirements()[i], facts_, evidences_, now);
  return which.size();
}

std::size_t Board::put(Fact fact, Timestamp now) {
  const auto touched = index_->of_fact(fact.key);
  facts_.put(std::move(fact));
  return judge(touched, now);
}

std::size_t Board::put(Evidence evidence, Timestamp now) {
  if (evidence.kind == kNotApplicable) {
    const auto named = index_->named(evidence.requirement);
    evidences_.put(std::move(evidence));
    return named ? judge({&*named, 1}, now) : 0;
  }
  const auto touched = index_->of_record(evidence.kind);
  evidences_.put(std::move(evidence));
  return judge(touched, now);
}

std::size_t Board::remove_fact(std::string_view key, Timestamp now) {
  const auto touched = index_->of_fact(key);
  facts_.remove(key);
  return judge(touched, now);
}

std::size_t Board::pass(Timestamp now) {
  std::size_t count = 0;
  for (std::uint16_t i = 0; i < verdicts_.size(); ++i)
    if (verdicts_[i].holds_until <= now) count += judge({&i, 1}, now);
  return count;
}

}  // namespace kw::compliance
