#include <array>

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 2> kFactorKinds{"passkey", "ukey"};

Factor read_factor(Row& row) {
  Factor out;
  out.id = row.id<FactorId>();
  out.user = row.id<UserId>();
  const auto kind = row.count();
  if (kind >= kFactorKinds.size()) row.corrupt();
  out.kind = static_cast<FactorKind>(kind);
  out.name = row.text();
  out.handle = row.blob();
  out.key = row.blob();
  out.counter = row.count();
  out.created = row.time();
  out.last_used = row.optional_time();
  return out;
}
const std::string kFactor = "SELECT id, user, kind, name, handle, key, counter, created, last_used FROM factors ";

}  // namespace

std::string_view name(FactorKind kind) noexcept { return kFactorKinds.at(static_cast<std::size_t>(kind)); }

Result<> SqliteFactors::insert(const Factor& f) {
  KW_CHECK(db_.exec(
      "INSERT INTO factors (id, user, kind, name, handle, key, counter, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {f.id, f.user, static_cast<int>(f.kind), f.name, f.handle, f.key, f.counter, f.created}));
  return {};
}
Result<Factor> SqliteFactors::get(const FactorId& id) {
  return db_.one<Factor>(kFactor + "WHERE id = ?", {id}, read_factor);
}
Result<Factor> SqliteFactors::by_handle(FactorKind kind, ByteView handle) {
  return db_.one<Factor>(kFactor + "WHERE kind = ? AND handle = ?", {static_cast<int>(kind), handle}, read_factor);
}
Result<std::vector<Factor>> SqliteFactors::of(const UserId& user) {
  return db_.all<Factor>(kFactor + "WHERE user = ? ORDER BY id", {user}, read_factor);
}
Result<> SqliteFactors::used(const FactorId& id, std::uint64_t counter, Timestamp now) {
  return at_least_one(db_.exec("UPDATE factors SET counter = ?, last_used = ? WHERE id = ?", {counter, now, id}),
                      Errc::not_found);
}
Result<> SqliteFactors::remove(const FactorId& id) {
  return at_least_one(db_.exec("DELETE FROM factors WHERE id = ?", {id}), Errc::not_found);
}
Result<> SqliteFactors::remove_user(const UserId& user) {
  KW_CHECK(db_.exec("DELETE FROM factors WHERE user = ?", {user}));
  return {};
}
Result<> SqliteFactors::spend(ByteView challenge_hash, Timestamp expires, Timestamp now) {
  KW_CHECK(db_.exec("DELETE FROM spent_challenges WHERE expires <= ?", {now}));
  KW_CHECK(db_.exec("INSERT INTO spent_challenges (hash, expires) VALUES (?, ?)", {challenge_hash, expires}));
  return {};
}

}  // namespace kw::store
