#include <array>

#include "store/sqlite/repositories.h"
#include "store/sqlite/scope.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 3> kStates{"pending", "approved", "rejected"};

Site read_site(Row& row) {
  return {row.id<SiteId>(), row.text(), row.text(), row.text(), row.time(), row.count(), row.id<RegionId>()};
}
const std::string kSite =
    "SELECT s.id, s.name, CASE r.kind WHEN 0 THEN '' ELSE r.name END, s.address, s.created, "
    "(SELECT count(*) FROM devices d WHERE d.site = s.id AND d.disabled = 0), s.region FROM sites s JOIN regions r ON "
    "r.id = s.region ";

EnrolToken read_token(Row& row) {
  return {row.id<TokenId>(), row.id<SiteId>(), row.blob(), row.text(), row.time(), row.time(), row.optional_time()};
}
const std::string kTokenColumns = "id, site, secret_hash, note, created, expires, used";

Enrolment read_enrolment(Row& row) {
  Enrolment out;
  out.id = row.id<EnrolmentId>();
  const auto state = row.number();
  if (state < 0 || state > 2) row.corrupt();
  out.state = static_cast<EnrolmentState>(state);
  out.requested = row.time();
  out.peer = row.text();
  out.address = row.text();
  out.mac = row.text();
  out.interface = row.text();
  out.hostname = row.text();
  out.agent_version = row.text();
  out.vendor_model = row.text();
  out.hardware = row.blob();
  out.pkcs10 = row.blob();
  out.site = row.id<SiteId>();
  out.token = row.id<TokenId>();
  out.device = row.id<DeviceId>();
  out.reason = row.text();
  out.reply = row.blob();
  out.tpm = row.blob();
  return out;
}
const std::string kEnrolment =
    "SELECT id, state, requested, peer, address, mac, interface, hostname, agent_version, vendor_model, hardware, "
    "pkcs10, site, token, device, reason, reply, tpm FROM enrolments ";

}  // namespace

std::string_view name(EnrolmentState state) noexcept { return kStates.at(static_cast<std::size_t>(state)); }

std::optional<EnrolmentState> parse_enrolment_state(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == text) return static_cast<EnrolmentState>(i);
  }
  return std::nullopt;
}

Result<> SqliteSites::insert(const Site& site) {
  // The column came by a migration and cannot refer to regions by itself.
  return at_least_one(
      db_.exec("INSERT INTO sites (id, name, region, address, created) SELECT ?, ?, id, ?, ? FROM regions "
               "WHERE id = ?",
               {site.id, site.name, site.address, site.created, site.region}),
      Errc::conflict);
}
Result<Site> SqliteSites::get(const SiteId& id) { return db_.one<Site>(kSite + "WHERE s.id = ?", {id}, read_site); }
Result<std::vector<Site>> SqliteSites::list(const Scope& scope) {
  std::string where = "WHERE 1 ";
  Values values;
  add_scope(scope, "s.id", where, values);
  return db_.all<Site>(kSite + where + "ORDER BY s.name", values, read_site);
}
Result<> SqliteSites::move(const SiteId& id, const RegionId& region) {
  return at_least_one(
      db_.exec("UPDATE sites SET region = ?1 WHERE id = ?2 AND EXISTS (SELECT 1 FROM regions WHERE id = ?1)",
               {region, id}),
      Errc::not_found);
}

Result<> SqliteEnrolTokens::insert(const EnrolToken& t) {
  KW_CHECK(db_.exec("INSERT INTO enrol_tokens (" + kTokenColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?)",
                    {t.id, t.site, t.secret_hash, t.note, t.created, t.expires, t.used}));
  return {};
}
Result<std::vector<EnrolToken>> SqliteEnrolTokens::list(const Scope& scope) {
  std::string where = "WHERE 1 ";
  Values values;
  add_scope(scope, "site", where, values);
  return db_.all<EnrolToken>("SELECT " + kTokenColumns + " FROM enrol_tokens " + where + "ORDER BY id DESC LIMIT 1000",
                             values, read_token);
}
Result<EnrolToken> SqliteEnrolTokens::consume(ByteView secret_hash, Timestamp now) {
  return db_.one<EnrolToken>(
      "UPDATE enrol_tokens SET used = ?1 WHERE secret_hash = ?2 AND used IS NULL AND "
      "expires > ?1 RETURNING " +
          kTokenColumns,
      {now, secret_hash}, read_token);
}

Result<> SqliteEnrolments::insert(const Enrolment& e) {
  KW_CHECK(db_.exec(
      "INSERT INTO enrolments (id, state, requested, peer, address, mac, interface, hostname, "
      "agent_version, vendor_model, hardware, pkcs10, site, token, device, reason, reply, tpm) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {e.id, static_cast<int>(e.state), e.requested, e.peer, e.address, e.mac, e.interface, e.hostname, e.agent_version,
       e.vendor_model, e.hardware, e.pkcs10, e.site, e.token, e.device, e.reason, e.reply, e.tpm}));
  return {};
}
Result<Enrolment> SqliteEnrolments::get(const EnrolmentId& id) {
  return db_.one<Enrolment>(kEnrolment + "WHERE id = ?", {id}, read_enrolment);
}
Result<Enrolment> SqliteEnrolments::made_with(ByteView secret_hash) {
  // Two steps: a guesser's hash ends at the index.
  KW_TRY(auto token, db_.one<TokenId>("SELECT id FROM enrol_tokens WHERE secret_hash = ?", {secret_hash},
                                      [](Row& row) { return row.id<TokenId>(); }));
  return db_.one<Enrolment>(kEnrolment + "WHERE token = ?", {token}, read_enrolment);
}
Result<std::vector<Enrolment>> SqliteEnrolments::list(std::optional<EnrolmentState> state, const Scope& scope) {
  std::string where = "WHERE 1 ";
  Values values;
  if (state) {
    where += "AND state = ? ";
    values.emplace_back(static_cast<int>(*state));
  }
  add_scope(scope, "site", where, values);
  return db_.all<Enrolment>(kEnrolment + where + "ORDER BY id DESC LIMIT 1000", values, read_enrolment);
}
Result<std::uint64_t> SqliteEnrolments::count(EnrolmentState state, const Scope& scope) {
  std::string where = "WHERE state = ? ";
  Values values{static_cast<int>(state)};
  add_scope(scope, "site", where, values);
  return db_.count("SELECT count(*) FROM enrolments " + where, values);
}
Result<> SqliteEnrolments::decide(const EnrolmentId& id, EnrolmentState state, const DeviceId& device,
                                  const std::string& reason, ByteView reply) {
  KW_CHECK(get(id));
  return at_least_one(
      db_.exec("UPDATE enrolments SET state = ?, device = ?, reason = ?, reply = ? WHERE id = ? AND state = 0",
               {static_cast<int>(state), device, reason, reply, id}),
      Errc::conflict);
}

}  // namespace kw::store
