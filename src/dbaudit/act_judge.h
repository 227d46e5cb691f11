#pragma once
// ActJudge joins the lines of one statement and says of each protected table that it touched where it came from.
//
//   lines ──> take() ──> acts: platform (its account, and a trace that the platform knows), untraced (its account
//                              without one), foreign (any other account)
//
// The plugin tells the tables first and the statement after them, under one number. What waits for its statement is
// bounded; a statement that never comes leaves its tables untraced. PURE; not thread-safe.
#include <deque>
#include <vector>

#include "dbaudit/audit_line.h"

namespace kw::dbaudit {

enum class Origin { platform, untraced, foreign };
[[nodiscard]] std::string_view name(Origin origin) noexcept;

/// What somebody did to one table, in one statement.
struct Act {
  Origin origin = Origin::foreign;
  std::string time, user, host, database, table;
  Operation operation = Operation::other;
  std::string verb, trace, span;  // trace and span: as the statement claims
  std::uint64_t connection = 0, query = 0;
  std::int64_t code = 0;
};

struct ActRules {
  std::vector<std::string> accounts;  // of the platform and its gateways
  std::vector<std::string> tables;    // protected: "database.table" or "database.*"
  bool reads = true;                  // reading them counts, too
};

/// What a line led to.
struct Findings {
  std::vector<Act> acts;
  std::optional<AuditLine> about_audit;      // somebody touched the plugin's settings
  std::optional<AuditLine> refused_connect;  // a failed login
};

class ActJudge {
 public:
  static constexpr std::size_t kMostWaiting = 4096;  // tables whose statement has not come
  explicit ActJudge(ActRules rules) : rules_(std::move(rules)) {}
  Findings take(const AuditLine& line);
  /// flush gives what still waits: at the end of a file.
  std::vector<Act> flush();

 private:
  [[nodiscard]] bool is_protected(const AuditLine& line) const;
  [[nodiscard]] Origin origin_of(const AuditLine& table, const std::string& trace) const;
  [[nodiscard]] Act act_of(const AuditLine& table, const AuditLine* statement) const;
  ActRules rules_;
  std::deque<AuditLine> waiting_;
};

}  // namespace kw::dbaudit
