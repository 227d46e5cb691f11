#include <array>
#include <sstream>

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 3> kUserStates{"invited", "active", "disabled"};

User read_user(Row& row) {
  User out;
  out.id = row.id<UserId>();
  out.account = row.text();
  out.display_name = row.text();
  out.person = row.text();
  out.role = row.text();
  const auto state = row.count();
  if (state >= kUserStates.size()) row.corrupt();
  out.state = static_cast<UserState>(state);
  out.password_hash = row.text();
  out.totp_sealed = row.blob();
  out.totp_step = row.count();
  out.failures = row.count();
  out.locked_until = row.optional_time();
  out.last_login = row.optional_time();
  out.one_time_expires = row.optional_time();
  out.created = row.time();
  out.ends = row.optional_time();
  out.password_changed = row.time();
  out.scope.regions.clear();
  std::istringstream regions(row.text());
  for (std::string region; regions >> region;) {
    if (const auto id = RegionId::parse(region)) {
      out.scope.regions.push_back(*id);
    } else {
      row.corrupt();
    }
  }
  return out;
}
const std::string kUserColumns =
    "id, account, display_name, person, role, state, password_hash, totp_sealed, totp_step, failures, locked_until, "
    "last_login, one_time_expires, created, ends, password_changed";
const std::string kUser = "SELECT " + kUserColumns + ", regions FROM users ";

Session read_session(Row& row) {
  return {row.blob(), row.id<UserId>(), row.text(), row.time(), row.time(),
          row.time(), row.time(),       row.text(), row.text()};
}
const std::string kSessionColumns = "token_hash, user, csrf, created, expires, last_used, confirmed, peer, factor";

}  // namespace

std::string_view name(UserState state) noexcept { return kUserStates.at(static_cast<std::size_t>(state)); }

Result<> SqliteUsers::insert(const User& u) {
  KW_CHECK(db_.exec("INSERT INTO users (" + kUserColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {u.id, u.account, u.display_name, u.person, u.role, static_cast<int>(u.state), u.password_hash,
                     u.totp_sealed, u.totp_step, u.failures, u.locked_until, u.last_login, u.one_time_expires,
                     u.created, u.ends, u.password_changed}));
  return set_scope(u.id, u.scope);
}
Result<User> SqliteUsers::get(const UserId& id) { return db_.one<User>(kUser + "WHERE id = ?", {id}, read_user); }
Result<User> SqliteUsers::by_account(const std::string& account) {
  return db_.one<User>(kUser + "WHERE account = ?", {account}, read_user);
}
Result<std::vector<User>> SqliteUsers::list() { return db_.all<User>(kUser + "ORDER BY account", {}, read_user); }
Result<> SqliteUsers::update(const User& u) {
  return at_least_one(
      db_.exec(
          "UPDATE users SET display_name = ?, state = ?, password_hash = ?, totp_sealed = ?, totp_step = ?, "
          "failures = ?, locked_until = ?, last_login = ?, one_time_expires = ?, role = ?, ends = ?, password_changed "
          "= ? WHERE id = ?",
          {u.display_name, static_cast<int>(u.state), u.password_hash, u.totp_sealed, u.totp_step, u.failures,
           u.locked_until, u.last_login, u.one_time_expires, u.role, u.ends, u.password_changed, u.id}),
      Errc::not_found);
}
Result<> SqliteUsers::forget(const UserId& id, const std::string& pseudonym) {
  // A token names its maker's person, so that it ends with him.
  KW_CHECK(db_.exec(
      "UPDATE api_tokens SET person = ?1 WHERE person = (SELECT person FROM users WHERE id = ?2 AND state = ?3)",
      {pseudonym, id, static_cast<int>(UserState::disabled)}));
  KW_CHECK(at_least_one(db_.exec("UPDATE users SET display_name = '', person = ?, password_hash = '', totp_sealed = "
                                 "x'' WHERE id = ? AND state = "
                                 "?",
                                 {pseudonym, id, static_cast<int>(UserState::disabled)}),
                        Errc::wrong_state));
  KW_CHECK(db_.exec("DELETE FROM old_passwords WHERE user = ?", {id}));
  KW_CHECK(db_.exec("DELETE FROM activations WHERE user = ?", {id}));
  return {};
}
Result<> SqliteUsers::set_scope(const UserId& id, const Scope& scope) {
  std::string regions;
  for (const auto& region : scope.regions) {
    KW_TRY(const auto known, db_.count("SELECT count(*) FROM regions WHERE id = ?", {region}));
    if (known == 0) return fail(Errc::conflict, "region");
    regions += (regions.empty() ? "" : " ") + region.text();
  }
  return at_least_one(db_.exec("UPDATE users SET regions = ? WHERE id = ?", {regions, id}), Errc::not_found);
}
Result<> SqliteUsers::keep_password(const UserId& id, const std::string& hash, Timestamp changed, std::size_t most) {
  KW_CHECK(
      db_.exec("INSERT OR REPLACE INTO old_passwords (user, changed, hash) VALUES (?, ?, ?)", {id, changed, hash}));
  KW_CHECK(
      db_.exec("DELETE FROM old_passwords WHERE user = ?1 AND changed NOT IN (SELECT changed FROM old_passwords "
               "WHERE user = ?1 ORDER BY changed DESC LIMIT ?2)",
               {id, static_cast<std::uint64_t>(most)}));
  return {};
}
Result<std::vector<std::string>> SqliteUsers::old_passwords(const UserId& id) {
  return db_.all<std::string>("SELECT hash FROM old_passwords WHERE user = ? ORDER BY changed DESC", {id},
                              [](Row& row) { return row.text(); });
}

Result<> SqliteActivations::put(const Activation& a) {
  KW_CHECK(db_.exec("DELETE FROM activations WHERE user = ?", {a.user}));
  KW_CHECK(
      db_.exec("INSERT INTO activations (token_hash, user, password_hash, totp_sealed, expires, failures) "
               "VALUES (?, ?, ?, ?, ?, ?)",
               {a.token_hash, a.user, a.password_hash, a.totp_sealed, a.expires, a.failures}));
  return {};
}
Result<Activation> SqliteActivations::get(ByteView token_hash) {
  return db_.one<Activation>(
      "SELECT token_hash, user, password_hash, totp_sealed, expires, failures FROM activations "
      "WHERE token_hash = ?",
      {token_hash}, [](Row& row) {
        return Activation{row.blob(), row.id<UserId>(), row.text(), row.blob(), row.time(), row.count()};
      });
}
Result<> SqliteActivations::count_failure(ByteView token_hash) {
  return at_least_one(db_.exec("UPDATE activations SET failures = failures + 1 WHERE token_hash = ?", {token_hash}),
                      Errc::not_found);
}
Result<> SqliteActivations::remove(ByteView token_hash) {
  return at_least_one(db_.exec("DELETE FROM activations WHERE token_hash = ?", {token_hash}), Errc::not_found);
}

Result<> SqliteSessions::insert(const Session& s) {
  KW_CHECK(db_.exec("INSERT INTO sessions (" + kSessionColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {s.token_hash, s.user, s.csrf, s.created, s.expires, s.last_used, s.confirmed, s.peer, s.factor}));
  return {};
}
Result<Session> SqliteSessions::get(ByteView token_hash) {
  return db_.one<Session>("SELECT " + kSessionColumns + " FROM sessions WHERE token_hash = ?", {token_hash},
                          read_session);
}
Result<std::vector<Session>> SqliteSessions::list() {
  return db_.all<Session>("SELECT " + kSessionColumns + " FROM sessions ORDER BY created DESC, token_hash", {},
                          read_session);
}
Result<> SqliteSessions::confirm(ByteView token_hash, Timestamp now) {
  return at_least_one(db_.exec("UPDATE sessions SET confirmed = ? WHERE token_hash = ?", {now, token_hash}),
                      Errc::not_found);
}
Result<> SqliteSessions::touch(ByteView token_hash, Timestamp now) {
  return at_least_one(db_.exec("UPDATE sessions SET last_used = ? WHERE token_hash = ?", {now, token_hash}),
                      Errc::not_found);
}
Result<> SqliteSessions::remove(ByteView token_hash) {
  return at_least_one(db_.exec("DELETE FROM sessions WHERE token_hash = ?", {token_hash}), Errc::not_found);
}
Result<> SqliteSessions::remove_user(const UserId& user) {
  KW_CHECK(db_.exec("DELETE FROM sessions WHERE user = ?", {user}));
  return {};
}
Result<> SqliteSessions::purge(Timestamp now) {
  KW_CHECK(db_.exec("DELETE FROM sessions WHERE expires <= ?", {now}));
  return {};
}

Result<std::optional<std::string>> SqliteMeta::get(const std::string& key) {
  KW_TRY(auto rows,
         db_.all<std::string>("SELECT value FROM meta WHERE key = ?", {key}, [](Row& row) { return row.text(); }));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(rows.front()));
}
Result<> SqliteMeta::put(const std::string& key, const std::string& value) {
  KW_CHECK(
      db_.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
               {key, value}));
  return {};
}

}  // namespace kw::store
