#pragma once
// SqliteStore is the embedded Store: one writing connection, and a few reading ones beside it (WAL).
//
// open() brings the schema up to date. Thread-safe: writers queue, readers do not wait for them.
#include "store/sqlite/database.h"
#include "store/sqlite/row_seals.h"
#include "store/store.h"

namespace kw::store {

class SqliteStore final : public Store {
 public:
  /// open: `path` ":memory:" gives a private store (reads then use the writing connection). Errc::unsupported for a
  /// database of a newer program; the errors of Database.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, std::size_t readers = 4);
  ~SqliteStore() override;
  Result<> scrub() override;
  /// seal_rows protects rows against everybody else who writes this database (row_seals.h), from now on; what is wrong
  /// already is given. Once, before other threads use the store. `expected`: it was sealed before.
  Result<std::vector<RowFinding>> seal_rows(const SecretBytes& key, bool expected);
  /// check_rows gives what somebody else has done; Errc::wrong_state before seal_rows.
  Result<std::vector<RowFinding>> check_rows();
  /// accept_rows takes what is there over as right.
  Result<> accept_rows();

 protected:
  Result<> transact(bool for_writing, const std::function<Result<>(Repositories&)>& work) override;

 private:
  class Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kw::store
