#pragma once
// RecordedRuleset is a RulesetPort that remembers scripts and understands just enough of them to be read back.
//
// It knows `table F N { ... }` (merged into a table that exists), `add set`, `flush set`, `delete table F N` and
// `flush ruleset`, checks that
// braces close, and does a script whole or not at all. Listings give the table's text as it was written, its named
// counters (zero, or what set_counter said) and the written elements of its sets. For tests only. Thread-safe.
#include <map>
#include <mutex>
#include <optional>

#include "device/ports.h"

namespace kw::platform {

class RecordedRuleset final : public device::RulesetPort {
 public:
  Result<> apply(const std::string& script) override;
  Result<std::string> read_back(const std::string& family, const std::string& table) override;
  Result<std::vector<Counter>> counters(const std::string& family, const std::string& table) override;
  Result<std::uint64_t> generation() override;
  Result<std::vector<std::string>> set_elements(const std::string& family, const std::string& table,
                                                const std::string& set) override;

  /// fail_next makes the next call of apply return this error and change nothing.
  void fail_next(Error error);
  /// fail_always does so for every apply until it is given nothing.
  void fail_always(std::optional<Error> error);
  void set_counter(const std::string& family, const std::string& table, Counter counter);
  /// add_element puts an element into a set as a rule would from a packet (the trip).
  void add_element(const std::string& family, const std::string& table, const std::string& set,
                   const std::string& element);
  /// flush_ruleset is the stranger who empties everything.
  void flush_ruleset();
  /// scripts returns every script that was applied, oldest first.
  [[nodiscard]] std::vector<std::string> scripts() const;

 private:
  struct Table {
    std::vector<std::string> parts;  // the text between the outer braces, one entry per `table` block
    std::map<std::string, Counter> counted;
    std::map<std::string, std::vector<std::string>> added;
  };
  using Tables = std::map<std::string, Table>;  // "inet kioskward"
  static Result<Tables> replay(Tables tables, const std::string& script);
  Result<Table> find(const std::string& family, const std::string& table) const;

  mutable std::mutex mutex_;
  Tables tables_;
  std::vector<std::string> scripts_;
  std::uint64_t generation_ = 1;
  std::optional<Error> next_error_, every_error_;
};

}  // namespace kw::platform
