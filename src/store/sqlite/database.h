#pragma once
// Database is one SQLite connection behind typed statements; errors are Result, never exceptions.
//
//   KW_CHECK(db.exec("INSERT INTO sites VALUES (?, ?)", {site.id, site.name}));
//   KW_TRY(auto site, db.one<Site>("SELECT id, name FROM sites WHERE id = ?", {id},
//                                  [](Row& row) { return Site{row.id<SiteId>(), row.text()}; }));
//
// Used by one thread at a time. Statements are prepared once and kept.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/secret.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_context;
struct sqlite3_stmt;
struct sqlite3_value;

namespace kw::store {

/// Value is one bound parameter.
class Value {
 public:
  Value(std::nullptr_t) : value_(nullptr) {}
  Value(std::int64_t v) : value_(v) {}
  Value(std::uint64_t v) : value_(static_cast<std::int64_t>(v)) {}
  Value(int v) : value_(std::int64_t{v}) {}
  Value(bool v) : value_(std::int64_t{v ? 1 : 0}) {}
  Value(Timestamp v) : value_(v.unix_ns) {}
  Value(std::optional<Timestamp> v) {
    if (v) value_ = v->unix_ns;
  }
  Value(std::string v) : value_(std::move(v)) {}
  Value(std::string_view v) : value_(std::string(v)) {}
  Value(const char* v) : value_(std::string(v)) {}
  Value(Bytes v) : value_(std::move(v)) {}
  Value(ByteView v) : value_(copy(v)) {}
  template <class Tag>
  Value(const Id<Tag>& v) : value_(copy(v.bytes())) {}
  using Any = std::variant<std::nullptr_t, std::int64_t, std::string, Bytes>;
  [[nodiscard]] const Any& any() const noexcept { return value_; }

 private:
  Any value_ = nullptr;
};
using Values = std::vector<Value>;

/// Row hands out the columns of a result row from left to right. A column of the wrong form makes the query fail with
/// Errc::corrupt after the row function has run.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::int64_t number();
  std::uint64_t count() { return static_cast<std::uint64_t>(number()); }
  bool flag() { return number() != 0; }
  Timestamp time() { return {number()}; }
  std::optional<Timestamp> optional_time();
  std::string text();
  Bytes blob();
  template <class AnyId>
  AnyId id() {
    auto parsed = AnyId::from_bytes(blob());
    if (!parsed) {
      corrupt();
      return {};
    }
    return *parsed;
  }
  /// corrupt marks the row as not readable.
  void corrupt() noexcept { good_ = false; }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  sqlite3_stmt* statement_;
  int at_ = 0;
  bool good_ = true;
};

class Database {
 public:
  enum class Mode { read_write, read_only };
  /// open: path ":memory:" gives a private database. WAL, synchronous=FULL, foreign keys, 5 s busy time-out;
  /// what is deleted is overwritten (secure_delete).
  static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// exec runs one statement and tells how many rows it changed. Errc::already_exists for a uniqueness violation,
  /// Errc::conflict for another constraint, Errc::no_space, Errc::unavailable where the database stays locked,
  /// Errc::corrupt, Errc::io.
  Result<std::int64_t> exec(const std::string& sql, const Values& values = {});
  /// script runs several statements without parameters (migrations).
  Result<> script(const std::string& sql);
  /// empty_journal carries everything into the database file and cuts the journal to nothing, so that no older page
  /// stays in it. Errc::unavailable where somebody reads for longer than the busy time-out.
  Result<> empty_journal();
  [[nodiscard]] std::int64_t last_insert_position() const;
  /// add_function gives this connection a function of SQL, deterministic and without effect; `data` lives as long as
  /// it. -1 arguments: any number.
  using Function = void (*)(sqlite3_context*, int, sqlite3_value**);
  Result<> add_function(const char* name, int arguments, Function function, std::shared_ptr<const SecretBytes> data);

  template <class T, class F>
  Result<std::vector<T>> all(const std::string& sql, const Values& values, F&& read) {
    std::vector<T> out;
    KW_CHECK(each(sql, values, [&](Row& row) { out.push_back(read(row)); }));
    return out;
  }
  /// one: Errc::not_found where there is no row.
  template <class T, class F>
  Result<T> one(const std::string& sql, const Values& values, F&& read) {
    KW_TRY(auto rows, (all<T>(sql, values, std::forward<F>(read))));
    if (rows.empty()) return fail(Errc::not_found);
    return std::move(rows.front());
  }
  Result<std::uint64_t> count(const std::string& sql, const Values& values = {}) {
    return one<std::uint64_t>(sql, values, [](Row& row) { return row.count(); });
  }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  Result<> each(const std::string& sql, const Values& values, const std::function<void(Row&)>& read);
  Result<sqlite3_stmt*> prepare(const std::string& sql, const Values& values);
  [[nodiscard]] Error failure(std::string_view what) const;

  sqlite3* handle_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

/// Transaction begins at make() and rolls back in its destructor unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database, bool for_writing);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace kw::store
