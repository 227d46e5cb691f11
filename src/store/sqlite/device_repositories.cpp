#include "store/sqlite/repositories.h"
#include "store/sqlite/scope.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, kDeviceLiveCount> kLive{"online",   "offline",  "cut",
                                                               "disabled", "degraded", "watching"};

Device read_device(Row& row) {
  Device out;
  out.id = row.id<DeviceId>();
  out.name = row.text();
  out.site = row.id<SiteId>();
  out.site_name = row.text();
  out.address = row.text();
  out.gateway = row.text();
  out.mac = row.text();
  out.interface = row.text();
  out.custodian = row.text();
  out.custodian_phone = row.text();
  out.hardware = row.blob();
  out.created = row.time();
  out.disabled = row.flag();
  const auto live = row.count();
  if (live >= kDeviceLiveCount) row.corrupt();
  out.live = static_cast<DeviceLive>(live);
  out.online = row.flag();
  out.state = static_cast<int>(row.number());
  out.policy_revision = row.count();
  out.policy_digest = row.blob();
  out.policy_wanted = row.count();
  out.last_seen = row.optional_time();
  out.agent_version = row.text();
  out.case_id = row.blob();
  out.liveness_key = row.blob();
  out.tpm = row.blob();
  out.acknowledged = row.count();
  out.alarms_open = row.count();
  return out;
}
const std::string kDevice =
    "SELECT d.id, d.name, d.site, s.name, d.address, d.gateway, d.mac, d.interface, d.custodian, d.custodian_phone, "
    "d.hardware, d.created, d.disabled, d.live, d.online, d.state, d.policy_revision, d.policy_digest, "
    "d.policy_wanted, d.last_seen, d.agent_version, d.case_id, d.liveness_key, d.tpm, d.acknowledged, "
    "(SELECT count(*) FROM alarms a WHERE a.device = d.id AND a.state = 0) "
    "FROM devices d JOIN sites s ON s.id = d.site ";

constexpr std::uint64_t kMostFacts = 2000;  // of one device

CertificateRecord read_certificate(Row& row) {
  return {row.blob(), row.id<DeviceId>(), row.text(), row.blob(), row.time(), row.time(), row.optional_time()};
}
const std::string kCertificateColumns = "serial, device, usage, der, not_before, not_after, revoked";

/// like_pattern makes a LIKE pattern (escape '\') that finds the text anywhere.
std::string like_pattern(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "%";
}

}  // namespace

std::string_view name(DeviceLive live) noexcept { return kLive.at(static_cast<std::size_t>(live)); }

std::optional<DeviceLive> parse_device_live(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kLive.size(); ++i) {
    if (kLive[i] == text) return static_cast<DeviceLive>(i);
  }
  return std::nullopt;
}

Result<> SqliteDevices::insert(const Device& d) {
  KW_CHECK(db_.exec(
      "INSERT INTO devices (id, name, site, address, gateway, mac, interface, custodian, custodian_phone, "
      "hardware, created, policy_wanted, agent_version, tpm) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {d.id, d.name, d.site, d.address, d.gateway, d.mac, d.interface, d.custodian, d.custodian_phone, d.hardware,
       d.created, d.policy_wanted, d.agent_version, d.tpm}));
  return {};
}

Result<Device> SqliteDevices::get(const DeviceId& id) {
  return db_.one<Device>(kDevice + "WHERE d.id = ?", {id}, read_device);
}

Result<DevicePage> SqliteDevices::page(const DeviceQuery& query) {
  std::string where = "WHERE 1 ";
  Values values;
  if (!query.text.empty()) {
    where += "AND (d.name LIKE ? ESCAPE '\\' OR d.address LIKE ? ESCAPE '\\' OR d.mac LIKE ? ESCAPE '\\') ";
    for (int i = 0; i < 3; ++i) values.emplace_back(like_pattern(query.text));
  }
  if (query.live) {
    where += "AND d.live = ? ";
    values.emplace_back(static_cast<int>(*query.live));
  }
  if (query.site) {
    where += "AND d.site = ? ";
    values.emplace_back(*query.site);
  }
  if (query.baseline_waiting)
    where += "AND d.disabled = 0 AND EXISTS (SELECT 1 FROM baselines b WHERE b.device = d.id AND b.state = 0) ";
  add_scope(query.scope, "d.site", where, values);
  DevicePage out;
  KW_TRY(out.total, db_.count("SELECT count(*) FROM devices d " + where, values));
  if (!query.cursor.empty()) {
    KW_TRY(auto after, DeviceId::parse(query.cursor));
    where += "AND (d.name, d.id) > (SELECT name, id FROM devices WHERE id = ?) ";
    values.emplace_back(after);
  }
  values.emplace_back(static_cast<std::uint64_t>(query.limit + 1));
  KW_TRY(out.items, db_.all<Device>(kDevice + where + "ORDER BY d.name, d.id LIMIT ?", values, read_device));
  if (out.items.size() > query.limit) {
    out.items.pop_back();
    out.next = out.items.back().id.text();
  }
  return out;
}

Result<std::vector<Device>> SqliteDevices::enabled() {
  return db_.all<Device>(kDevice + "WHERE d.disabled = 0 ORDER BY d.id", {}, read_device);
}

Result<std::vector<Custody>> SqliteDevices::custodies() {
  return db_.all<Custody>(
      "SELECT id, custodian, custodian_phone, disabled FROM devices WHERE custodian <> '' OR custodian_phone <> '' "
      "ORDER BY id",
      {}, [](Row& row) { return Custody{row.id<DeviceId>(), row.text(), row.text(), row.flag()}; });
}
Result<> SqliteDevices::set_custodian(const DeviceId& id, const std::string& custodian, const std::string& phone) {
  return at_least_one(
      db_.exec("UPDATE devices SET custodian = ?, custodian_phone = ? WHERE id = ?", {custodian, phone, id}),
      Errc::not_found);
}

Result<std::array<std::uint64_t, kDeviceLiveCount>> SqliteDevices::counts(const Scope& scope) {
  std::array<std::uint64_t, kDeviceLiveCount> out{};
  std::string where = "WHERE 1 ";
  Values values;
  add_scope(scope, "site", where, values);
  KW_CHECK(db_.all<int>("SELECT live, count(*) FROM devices " + where + "GROUP BY live", values, [&](Row& row) {
    const auto live = row.count();
    const auto count = row.count();
    if (live < kDeviceLiveCount) {
      out.at(live) = count;
    } else {
      row.corrupt();
    }
    return 0;
  }));
  return out;
}

Result<> SqliteDevices::update_live(const DeviceId& id, const LiveUpdate& u) {
  std::string sets;
  Values values;
  const auto set = [&](std::string_view column, Value value) {
    sets += (sets.empty() ? "" : ", ") + std::string(column) + " = ?";
    values.push_back(std::move(value));
  };
  if (u.online) set("online", *u.online);
  if (u.state) set("state", *u.state);
  if (u.policy_revision) set("policy_revision", *u.policy_revision);
  if (u.policy_digest) set("policy_digest", *u.policy_digest);
  if (u.last_seen) set("last_seen", *u.last_seen);
  if (u.agent_version) set("agent_version", *u.agent_version);
  if (u.case_id) set("case_id", *u.case_id);
  if (u.liveness_key) set("liveness_key", *u.liveness_key);
  if (u.tpm) set("tpm", *u.tpm);
  if (sets.empty()) return {};
  values.emplace_back(id);
  return at_least_one(db_.exec("UPDATE devices SET " + sets + " WHERE id = ?", values), Errc::not_found);
}

Result<> SqliteDevices::set_wanted(const DeviceId& id, std::uint64_t revision) {
  return at_least_one(db_.exec("UPDATE devices SET policy_wanted = ? WHERE id = ?", {revision, id}), Errc::not_found);
}
Result<> SqliteDevices::set_all_offline() {
  KW_CHECK(db_.exec("UPDATE devices SET online = 0 WHERE online <> 0"));
  return {};
}
Result<> SqliteDevices::disable(const DeviceId& id) {
  KW_CHECK(get(id));
  return at_least_one(db_.exec("UPDATE devices SET disabled = 1 WHERE id = ? AND disabled = 0", {id}), Errc::conflict);
}
Result<> SqliteDevices::acknowledge(const DeviceId& id, std::uint64_t through) {
  return at_least_one(db_.exec("UPDATE devices SET acknowledged = max(acknowledged, ?) WHERE id = ?", {through, id}),
                      Errc::not_found);
}

Result<> SqliteDevices::put_facts(const DeviceId& id, const std::vector<StoredFact>& facts) {
  for (const auto& fact : facts) {
    KW_CHECK(
        db_.exec("INSERT INTO facts (device, key, value, time, source, heard) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT "
                 "(device, key) DO UPDATE SET value = excluded.value, time = excluded.time, source = excluded.source, "
                 "heard = excluded.heard",
                 {id, fact.key, fact.value, fact.time, fact.source, fact.heard}));
  }
  KW_TRY(auto count, db_.count("SELECT count(*) FROM facts WHERE device = ?", {id}));
  if (count <= kMostFacts) return {};
  KW_CHECK(
      db_.exec("DELETE FROM facts WHERE device = ?1 AND key NOT IN "
               "(SELECT key FROM facts WHERE device = ?1 ORDER BY time DESC, key LIMIT ?2)",
               {id, kMostFacts}));
  return {};
}
Result<std::vector<StoredFact>> SqliteDevices::facts(const DeviceId& id) {
  return db_.all<StoredFact>("SELECT key, value, time, source, heard FROM facts WHERE device = ? ORDER BY key", {id},
                             [](Row& row) {
                               StoredFact out;
                               out.key = row.text();
                               out.value = row.text();
                               out.time = row.time();
                               out.source = row.text();
                               out.heard = row.time();
                               return out;
                             });
}

Result<> SqliteCertificates::insert(const CertificateRecord& c) {
  KW_CHECK(db_.exec("INSERT INTO certificates (" + kCertificateColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?)",
                    {c.serial, c.device, c.usage, c.der, c.not_before, c.not_after, c.revoked}));
  return {};
}
Result<CertificateRecord> SqliteCertificates::get(ByteView serial) {
  return db_.one<CertificateRecord>("SELECT " + kCertificateColumns + " FROM certificates WHERE serial = ?", {serial},
                                    read_certificate);
}
Result<std::vector<CertificateRecord>> SqliteCertificates::of_device(const DeviceId& id) {
  return db_.all<CertificateRecord>(
      "SELECT " + kCertificateColumns + " FROM certificates WHERE device = ? ORDER BY not_before, usage DESC", {id},
      read_certificate);
}
Result<std::vector<CertificateRecord>> SqliteCertificates::revoke_device(const DeviceId& id, Timestamp now) {
  return db_.all<CertificateRecord>(
      "UPDATE certificates SET revoked = ? WHERE device = ? AND revoked IS NULL RETURNING " + kCertificateColumns,
      {now, id}, read_certificate);
}
Result<std::vector<CertificateRecord>> SqliteCertificates::revoked() {
  return db_.all<CertificateRecord>(
      "SELECT " + kCertificateColumns + " FROM certificates WHERE revoked IS NOT NULL ORDER BY revoked", {},
      read_certificate);
}

}  // namespace kw::store
