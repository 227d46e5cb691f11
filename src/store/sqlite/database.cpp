#include "store/sqlite/database.h"

#include <sqlite3.h>

namespace kw::store {
namespace {

Errc code_of(int result, int extended) {
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) return Errc::already_exists;
  switch (result) {
    case SQLITE_CONSTRAINT:
      return Errc::conflict;
    case SQLITE_FULL:
      return Errc::no_space;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::not_permitted;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Errc::io;
    default:
      return Errc::internal;
  }
}

int bind(sqlite3_stmt* statement, int at, const Value::Any& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, at, *number);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    if (blob->empty()) return sqlite3_bind_zeroblob(statement, at, 0);
    return sqlite3_bind_blob64(statement, at, blob->data(), blob->size(), SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, at);
}

/// Gives a kept statement back in a state in which it can run again.
struct Reset {
  sqlite3_stmt* statement;
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

std::int64_t Row::number() { return sqlite3_column_int64(statement_, at_++); }

std::optional<Timestamp> Row::optional_time() {
  if (sqlite3_column_type(statement_, at_) == SQLITE_NULL) {
    ++at_;
    return std::nullopt;
  }
  return time();
}

std::string Row::text() {
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, at_));
  const auto* data = sqlite3_column_text(statement_, at_++);
  return data == nullptr ? std::string() : std::string(text_of({data, size}));
}

Bytes Row::blob() {
  const auto* data = static_cast<const Byte*>(sqlite3_column_blob(statement_, at_));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, at_++));
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  const int flags = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> out(new Database(handle));
  if (result != SQLITE_OK) return out->failure("open");
  sqlite3_extended_result_codes(handle, 0);
  sqlite3_busy_timeout(handle, 5000);
  KW_CHECK(out->script("PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;"));
  if (mode == Mode::read_write) KW_CHECK(out->script("PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON;"));
  return out;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error Database::failure(std::string_view what) const {
  const int extended = sqlite3_extended_errcode(handle_);
  return Error(code_of(extended & 0xff, extended), "sqlite " + std::string(what) + ": " + sqlite3_errmsg(handle_));
}

Result<sqlite3_stmt*> Database::prepare(const std::string& sql, const Values& values) {
  auto& statement = statements_[sql];
  if (statement == nullptr && sqlite3_prepare_v3(handle_, sql.c_str(), static_cast<int>(sql.size()),
                                                 SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    statements_.erase(sql);
    return failure("prepare");
  }
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(values.size())) {
    return fail(Errc::internal, "parameters of: " + sql);
  }
  int at = 0;
  for (const auto& value : values) {
    if (bind(statement, ++at, value.any()) != SQLITE_OK) return failure("bind");
  }
  return statement;
}

Result<> Database::each(const std::string& sql, const Values& values, const std::function<void(Row&)>& read) {
  KW_TRY(auto* statement, prepare(sql, values));
  const Reset reset{statement};
  while (true) {
    const int result = sqlite3_step(statement);
    if (result == SQLITE_DONE) return {};
    if (result != SQLITE_ROW) return failure("step");
    Row row(statement);
    read(row);
    if (!row.good()) return fail(Errc::corrupt, "column of: " + sql);
  }
}

Result<std::int64_t> Database::exec(const std::string& sql, const Values& values) {
  KW_CHECK(each(sql, values, [](Row&) {}));
  return std::int64_t{sqlite3_changes64(handle_)};
}

Result<> Database::empty_journal() {
  // A row whose first column is 1 says that somebody was in the way; no error does.
  KW_TRY(const auto busy,
         one<std::int64_t>("PRAGMA wal_checkpoint(TRUNCATE)", {}, [](Row& row) { return row.number(); }));
  return busy == 0 ? Result<>() : fail(Errc::unavailable, "the database is being read");
}

Result<> Database::script(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure("script");
  return {};
}

Result<> Database::add_function(const char* name, int arguments, Function function,
                                std::shared_ptr<const SecretBytes> data) {
  using Data = std::shared_ptr<const SecretBytes>;
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;  // triggers may call it
  // SQLite destroys the data itself where it fails.
  if (sqlite3_create_function_v2(handle_, name, arguments, flags, new Data(std::move(data)), function, nullptr, nullptr,
                                 [](void* kept) { delete static_cast<Data*>(kept); }) != SQLITE_OK)
    return failure("function");
  return {};
}

std::int64_t Database::last_insert_position() const { return sqlite3_last_insert_rowid(handle_); }

Result<Transaction> Transaction::begin(Database& database, bool for_writing) {
  KW_CHECK(database.exec(for_writing ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  // A failed rollback means that SQLite has rolled back by itself (full disk, I/O error).
  if (database_ != nullptr) static_cast<void>(database_->script("ROLLBACK"));
}

Result<> Transaction::commit() {
  KW_CHECK(database_->exec("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace kw::store
