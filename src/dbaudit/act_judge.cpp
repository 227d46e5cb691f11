#include "dbaudit/act_judge.h"

#include <algorithm>

namespace kw::dbaudit {
namespace {

bool touches_table(Operation operation) {
  switch (operation) {
    case Operation::read:
    case Operation::write:
    case Operation::create:
    case Operation::alter:
    case Operation::rename:
    case Operation::drop:
      return true;
    default:
      return false;
  }
}

bool same_statement(const AuditLine& a, const AuditLine& b) {
  return a.connection == b.connection && a.query == b.query;
}

}  // namespace

std::string_view name(Origin origin) noexcept {
  switch (origin) {
    case Origin::platform:
      return "platform";
    case Origin::untraced:
      return "untraced";
    case Origin::foreign:
      return "foreign";
  }
  return "foreign";
}

bool ActJudge::is_protected(const AuditLine& line) const {
  return std::ranges::any_of(rules_.tables, [&](const std::string& one) {
    return one == line.database + ".*" || one == line.database + "." + line.table;
  });
}

Origin ActJudge::origin_of(const AuditLine& table, const std::string& trace) const {
  if (std::ranges::find(rules_.accounts, table.user) == rules_.accounts.end()) return Origin::foreign;
  return trace.empty() ? Origin::untraced : Origin::platform;
}

Act ActJudge::act_of(const AuditLine& table, const AuditLine* statement) const {
  Act out;
  out.trace = statement != nullptr ? statement->trace : std::string();
  out.origin = origin_of(table, out.trace);
  out.time = table.time;
  out.user = table.user;
  out.host = table.host;
  out.database = table.database;
  out.table = table.table;
  out.operation = table.operation;
  out.connection = table.connection;
  out.query = table.query;
  if (statement != nullptr) {
    out.verb = statement->verb;
    out.span = statement->span;
    out.code = statement->code;
  }
  return out;
}

Findings ActJudge::take(const AuditLine& line) {
  Findings out;
  if (line.operation == Operation::refused_connect) {
    out.refused_connect = line;
  } else if (touches_table(line.operation)) {
    if (line.operation == Operation::read && !rules_.reads) return out;
    if (!is_protected(line)) return out;
    const auto again = [&](const AuditLine& one) {
      return same_statement(one, line) && one.operation == line.operation && one.table == line.table &&
             one.database == line.database;
    };
    if (std::ranges::any_of(waiting_, again)) return out;  // the plugin tells some tables twice
    waiting_.push_back(line);
    if (waiting_.size() > kMostWaiting) {
      out.acts.push_back(act_of(waiting_.front(), nullptr));
      waiting_.pop_front();
    }
  } else if (line.operation == Operation::query || line.operation == Operation::disconnect) {
    // A connection's end ends what it left open.
    const bool ends = line.operation == Operation::disconnect;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      const bool of_this = ends ? at->connection == line.connection : same_statement(*at, line);
      if (of_this) out.acts.push_back(act_of(*at, ends ? nullptr : &line));
      at = of_this ? waiting_.erase(at) : at + 1;
    }
    if (line.about_audit) out.about_audit = line;
  }
  return out;
}

std::vector<Act> ActJudge::flush() {
  std::vector<Act> out;
  for (const auto& one : waiting_) out.push_back(act_of(one, nullptr));
  waiting_.clear();
  return out;
}

}  // namespace kw::dbaudit
