#include <array>

#include "store/sqlite/json_column.h"
#include "store/sqlite/repositories.h"
#include "store/sqlite/scope.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 4> kSigningStates{"waiting", "complete", "withdrawn", "lapsed"};

SigningKey read_signing_key(Row& row) {
  SigningKey out;
  out.id = row.id<SigningKeyId>();
  out.owner = row.id<UserId>();
  out.account = row.text();
  out.person = row.text();
  out.role = row.text();
  out.disabled = row.flag();
  out.label = row.text();
  out.key_id = row.blob();
  out.spki = row.blob();
  out.added = row.time();
  out.removed = row.optional_time();
  return out;
}
const std::string kSigningKeys =
    "SELECT k.id, k.owner, u.account, u.person, u.role, u.state = 2, k.label, k.key_id, k.spki, k.added, k.removed "
    "FROM signing_keys k JOIN users u ON u.id = k.owner ";

PersonRuleRow read_person_rule(Row& row) { return {row.count(), row.blob(), row.blob(), row.time(), row.text()}; }
const std::string kPersonRules = "SELECT revision, object, digest, made, made_by FROM person_rules ";

Signing read_signing(Row& row) {
  Signing out;
  out.id = row.id<SigningId>();
  out.kind = row.text();
  out.subject = row.text();
  out.device = row.id<DeviceId>();
  out.device_name = row.text();
  out.act = row.text();
  out.needed = row.count();
  out.must = row.text();
  out.object = row.blob();
  out.words = read_words(row);
  out.asked_by = row.text();
  out.asked = row.time();
  out.expires = row.time();
  const auto state = row.count();
  if (state >= kSigningStates.size()) row.corrupt();
  out.state = static_cast<SigningState>(state);
  out.decided = row.optional_time();
  out.decided_by = row.text();
  out.decision = row.text();
  return out;
}
const std::string kSignings =
    "SELECT s.id, s.kind, s.subject, s.device, coalesce(d.name, ''), s.act, s.needed, s.must, s.object, s.words, "
    "s.asked_by, s.asked, s.expires, s.state, s.decided, s.decided_by, s.decision FROM signings s "
    "LEFT JOIN devices d ON d.id = s.device ";

}  // namespace

std::string_view name(SigningState state) noexcept { return kSigningStates.at(static_cast<std::size_t>(state)); }
std::optional<SigningState> parse_signing_state(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kSigningStates.size(); ++i)
    if (kSigningStates.at(i) == text) return static_cast<SigningState>(i);
  return std::nullopt;
}

Result<> SqliteSigningKeys::insert(const SigningKey& k) {
  KW_CHECK(db_.exec(
      "INSERT INTO signing_keys (id, owner, label, key_id, spki, added, removed) VALUES (?, ?, ?, ?, ?, ?, NULL)",
      {k.id, k.owner, k.label, k.key_id, k.spki, k.added}));
  return {};
}
Result<SigningKey> SqliteSigningKeys::get(const SigningKeyId& id) {
  return db_.one<SigningKey>(kSigningKeys + "WHERE k.id = ?", {id}, read_signing_key);
}
Result<std::vector<SigningKey>> SqliteSigningKeys::list() {
  return db_.all<SigningKey>(kSigningKeys + "ORDER BY u.account, k.id LIMIT 1000", {}, read_signing_key);
}
Result<> SqliteSigningKeys::remove(const SigningKeyId& id, Timestamp now) {
  KW_CHECK(get(id));
  return at_least_one(db_.exec("UPDATE signing_keys SET removed = ? WHERE id = ? AND removed IS NULL", {now, id}),
                      Errc::conflict);
}

Result<> SqlitePersonRules::insert(const PersonRuleRow& r) {
  KW_CHECK(db_.exec("INSERT INTO person_rules (revision, object, digest, made, made_by) VALUES (?, ?, ?, ?, ?)",
                    {r.revision, r.object, r.digest, r.made, r.made_by}));
  return {};
}
Result<PersonRuleRow> SqlitePersonRules::latest() {
  return db_.one<PersonRuleRow>(kPersonRules + "ORDER BY revision DESC LIMIT 1", {}, read_person_rule);
}
Result<std::vector<PersonRuleRow>> SqlitePersonRules::after(std::uint64_t revision) {
  return db_.all<PersonRuleRow>(kPersonRules + "WHERE revision > ? ORDER BY revision LIMIT 100", {revision},
                                read_person_rule);
}

Result<> SqliteSignings::insert(const Signing& s) {
  KW_CHECK(
      db_.exec("INSERT INTO signings (id, kind, subject, device, act, needed, must, object, words, asked_by, asked, "
               "expires, state, decided, decided_by, decision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {s.id, s.kind, s.subject, s.device, s.act, s.needed, s.must, s.object, write_words(s.words), s.asked_by,
                s.asked, s.expires, static_cast<int>(s.state), s.decided, s.decided_by, s.decision}));
  return {};
}
Result<Signing> SqliteSignings::get(const SigningId& id) {
  return db_.one<Signing>(kSignings + "WHERE s.id = ?", {id}, read_signing);
}
Result<std::vector<Signing>> SqliteSignings::page(const SigningQuery& query) {
  std::string where = "WHERE 1 ";
  Values values;
  if (query.state) {
    where += "AND s.state = ? ";
    values.emplace_back(static_cast<int>(*query.state));
  }
  if (!query.scope.whole()) {
    where += "AND (s.device = ? OR (1 ";  // what concerns no kiosk is everybody's
    values.emplace_back(DeviceId());
    add_device_scope(query.scope, "s.device", where, values);
    where += ")) ";
  }
  return db_.all<Signing>(kSignings + where + "ORDER BY s.id DESC LIMIT 200", values, read_signing);
}
Result<> SqliteSignings::update(const Signing& s) {
  return at_least_one(db_.exec("UPDATE signings SET object = ?, state = ?, decided = ?, decided_by = ?, decision = ? "
                               "WHERE id = ? AND state = 0",
                               {s.object, static_cast<int>(s.state), s.decided, s.decided_by, s.decision, s.id}),
                      Errc::conflict);
}
Result<std::uint64_t> SqliteSignings::waiting_of_kind(const std::string& kind) {
  return db_.count("SELECT count(*) FROM signings WHERE kind = ? AND state = 0", {kind});
}
Result<std::vector<Signing>> SqliteSignings::lapsed(Timestamp now) {
  return db_.all<Signing>(kSignings + "WHERE s.state = 0 AND s.expires <= ? ORDER BY s.expires LIMIT 100", {now},
                          read_signing);
}

}  // namespace kw::store
