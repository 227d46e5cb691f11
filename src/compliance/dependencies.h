#pragma once
// Dependencies tells which requirements look at a fact or at records of a kind; Board keeps a subject's verdicts and
// judges anew only what a change touches.
//
//   const Dependencies index(requirements);
//   Board board(index, facts, evidences, now);
//   board.put(fact, now);  // and board.pass(now) from time to time
//
// A verdict also changes by time alone (stale, expired): pass() judges what was due. PURE; the requirements must
// outlive the index, the index its boards. Dependencies are thread-safe, a Board is not.
#include <span>
#include <unordered_map>

#include "compliance/verdict.h"

namespace kw::compliance {

class Dependencies {
 public:
  explicit Dependencies(std::span<const Requirement> requirements);
  [[nodiscard]] std::span<const Requirement> requirements() const noexcept { return requirements_; }
  /// of_fact: indices of requirements, rising; also for events ("event:TYPE").
  [[nodiscard]] std::span<const std::uint16_t> of_fact(std::string_view key) const noexcept;
  [[nodiscard]] std::span<const std::uint16_t> of_record(std::string_view kind) const noexcept;
  /// The requirement of this name, or nothing.
  [[nodiscard]] std::optional<std::uint16_t> named(std::string_view id) const noexcept;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  template <class Value>
  using Table = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  std::span<const Requirement> requirements_;
  Table<std::vector<std::uint16_t>> facts_, records_;
  Table<std::uint16_t> ids_;
};

class Board {
 public:
  /// Judges everything once with what is known.
  Board(const Dependencies& index, Facts facts, Evidences evidences, Timestamp now);
  /// Each gives how many requirements were judged anew.
  std::size_t put(Fact fact, Timestamp now);
  std::size_t put(Evidence evidence, Timestamp now);
  std::size_t remove_fact(std::string_view key, Timestamp now);
  std::size_t pass(Timestamp now);
  [[nodiscard]] std::span<const Verdict> verdicts() const noexcept { return verdicts_; }

 private:
  std::size_t judge(std::span<const std::uint16_t> which, Timestamp now);
  const Dependencies* index_;
  Facts facts_;
  Evidences evidences_;
  std::vector<Verdict> verdicts_;  // one for each requirement, in their order
};

}  // namespace kw::compliance
