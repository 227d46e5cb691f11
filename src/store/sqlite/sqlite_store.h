#pragma once
// SqliteStore is the embedded Store: one writing connection, and a few reading ones beside it (WAL).
//
// open() brings the schema up to date. Thread-safe: writers queue, readers do not wait for them.
#include "store/sqlite/database.h"
#include "store/store.h"

namespace kw::store {

class SqliteStore final : public Store {
 public:
  /// open: `path` ":memory:" gives a private store (reads then use the writing connection). Errc::unsupported for a
  /// database of a newer program; the errors of Database.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, std::size_t readers = 4);
  ~SqliteStore() override;

 protected:
  Result<> transact(bool for_writing, const std::function<Result<>(Repositories&)>& work) override;

 private:
  class Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kw::store
