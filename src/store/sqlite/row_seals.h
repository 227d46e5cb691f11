#pragma once
// RowSeals finds rows of protected tables that somebody else than this program has changed, added or taken away.
//
// Each protected row has a MAC over its columns, written by triggers in the transaction that writes the row; the
// triggers call functions that only this program's connections have, with a key that is not in the database. What
// changes with every heartbeat is left out. The sum of a table's MACs is kept under a MAC of its own, so that a row
// which goes together with its seal is missed too. An older copy of the whole database is the ledger's to find
// (server/ledger_feeder.h). Cost: two updates a protected row that is written; a check reads every protected row, about
// 3 microseconds each.
#include <set>

#include "base/secret.h"
#include "store/sqlite/database.h"

namespace kw::store {

/// What was found: a row by its primary key (text, number, or octets in hex), or a table's seals as a whole.
struct RowFinding {
  std::string table, key;
  std::string what;  // "changed", "added", "deleted", "seals", "schema"
  friend auto operator<=>(const RowFinding&, const RowFinding&) = default;
};

class RowSeals {
 public:
  static constexpr std::size_t kMostFindings = 100;
  /// attach gives a connection the functions; every one that writes protected tables, or checks, needs them.
  static Result<> attach(Database& db, SecretBytes key);
  /// prepare makes seals where there are none, and renews triggers; within a transaction that writes. It gives what is
  /// wrong already, which stays sealed as it was. `expected`: this database had seals before. `born`: tables that this
  /// program's migrations have just made, so that they have no seals yet.
  static Result<std::vector<RowFinding>> prepare(Database& db, bool expected, const std::set<std::string>& born = {});
  /// check gives what is wrong, at most kMostFindings; within one transaction.
  static Result<std::vector<RowFinding>> check(Database& db);
  /// accept takes the rows as they are over; within a transaction that writes.
  static Result<> accept(Database& db);
};

}  // namespace kw::store
