#include <array>

#include "store/sqlite/json_column.h"
#include "store/sqlite/repositories.h"
#include "store/sqlite/scope.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 3> kAlarmStates{"open", "acknowledged", "closed"};

OutboxEntry read_outbox(Row& row) {
  return {row.number(), row.id<EventId>(), row.id<DeviceId>(), row.count(), row.blob()};
}
const std::string kOutbox = "SELECT position, id, device, sequence, octets FROM outbox ";

Alarm read_alarm(Row& row) {
  Alarm out;
  out.id = row.id<AlarmId>();
  out.device = row.id<DeviceId>();
  out.device_name = row.text();
  out.site_name = row.text();
  out.type = row.text();
  out.clause = row.text();
  out.severity = static_cast<int>(row.number());
  const auto state = row.count();
  if (state >= kAlarmStates.size()) row.corrupt();
  out.state = static_cast<AlarmState>(state);
  out.first = row.time();
  out.last = row.time();
  out.count = row.count();
  out.params = read_words(row);
  out.case_id = row.blob();
  out.acknowledged_by = row.text();
  out.note = row.text();
  return out;
}
const std::string kAlarm =
    "SELECT a.id, a.device, coalesce(d.name, ''), coalesce(s.name, ''), a.type, a.clause, a.severity, a.state, "
    "a.first, "
    "a.last, a.count, a.params, a.case_id, a.acknowledged_by, a.note "
    "FROM alarms a LEFT JOIN devices d ON d.id = a.device LEFT JOIN sites s ON s.id = d.site ";

}  // namespace

std::string_view name(AlarmState state) noexcept { return kAlarmStates.at(static_cast<std::size_t>(state)); }

std::optional<AlarmState> parse_alarm_state(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kAlarmStates.size(); ++i) {
    if (kAlarmStates[i] == text) return static_cast<AlarmState>(i);
  }
  return std::nullopt;
}

Result<bool> SqliteEvents::remember(const DeviceId& device, std::uint64_t sequence, const EventId& id) {
  KW_TRY(auto owners, db_.all<DeviceId>("SELECT device FROM events WHERE id = ?", {id},
                                        [](Row& row) { return row.id<DeviceId>(); }));
  if (!owners.empty() && owners.front() != device) return fail(Errc::already_exists, "event id of another device");
  if (!owners.empty()) return false;
  KW_TRY(auto known, db_.count("SELECT count(*) FROM events WHERE device = ? AND sequence = ?", {device, sequence}));
  if (known > 0) return fail(Errc::conflict, "event sequence used twice");
  KW_CHECK(db_.exec("INSERT INTO events (device, sequence, id) VALUES (?, ?, ?)", {device, sequence, id}));
  return true;
}

Result<std::int64_t> SqliteOutbox::append(const OutboxEntry& entry) {
  KW_CHECK(db_.exec("INSERT INTO outbox (id, device, sequence, octets) VALUES (?, ?, ?, ?)",
                    {entry.id, entry.device, entry.sequence, entry.octets}));
  return db_.last_insert_position();
}
Result<std::vector<OutboxEntry>> SqliteOutbox::read(std::size_t most, std::int64_t after) {
  return db_.all<OutboxEntry>(kOutbox + "WHERE position > ? ORDER BY position LIMIT ?",
                              {after, static_cast<std::uint64_t>(most)}, read_outbox);
}
Result<std::optional<OutboxEntry>> SqliteOutbox::find(const EventId& id) {
  KW_TRY(auto rows, db_.all<OutboxEntry>(kOutbox + "WHERE id = ?", {id}, read_outbox));
  if (rows.empty()) return std::optional<OutboxEntry>();
  return std::optional<OutboxEntry>(std::move(rows.front()));
}
Result<> SqliteOutbox::remove(std::int64_t position) {
  return at_least_one(db_.exec("DELETE FROM outbox WHERE position = ?", {position}), Errc::not_found);
}
Result<std::int64_t> SqliteOutbox::last_position() {
  KW_TRY(auto last, db_.count("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'"));
  return static_cast<std::int64_t>(last);
}

Result<Alarm> SqliteAlarms::raise(const Alarm& a) {
  KW_TRY(auto id,
         db_.one<AlarmId>(
             "INSERT INTO alarms (id, device, type, clause, severity, state, first, last, count, params, case_id, "
             "acknowledged_by, note) VALUES (?, ?, ?, ?, ?, 0, ?, ?, 1, ?, ?, '', '') "
             "ON CONFLICT (device, type, case_id) WHERE state = 0 DO UPDATE SET count = count + 1, "
             "last = excluded.last, params = excluded.params, severity = max(severity, excluded.severity) "
             "RETURNING id",
             {a.id, a.device, a.type, a.clause, a.severity, a.first, a.last, write_words(a.params), a.case_id},
             [](Row& row) { return row.id<AlarmId>(); }));
  return get(id);
}
Result<Alarm> SqliteAlarms::get(const AlarmId& id) {
  return db_.one<Alarm>(kAlarm + "WHERE a.id = ?", {id}, read_alarm);
}
Result<AlarmPage> SqliteAlarms::page(const AlarmQuery& query) {
  std::string where = "WHERE 1 ";
  Values values;
  if (query.state) {
    where += "AND a.state = ? ";
    values.emplace_back(static_cast<int>(*query.state));
  }
  if (query.device) {
    where += "AND a.device = ? ";
    values.emplace_back(*query.device);
  }
  add_device_scope(query.scope, "a.device", where, values);
  AlarmPage out;
  KW_TRY(out.total, db_.count("SELECT count(*) FROM alarms a " + where, values));
  if (!query.cursor.empty()) {
    KW_TRY(auto before, AlarmId::parse(query.cursor));
    where += "AND a.id < ? ";
    values.emplace_back(before);
  }
  values.emplace_back(static_cast<std::uint64_t>(query.limit + 1));
  KW_TRY(out.items, db_.all<Alarm>(kAlarm + where + "ORDER BY a.id DESC LIMIT ?", values, read_alarm));
  if (out.items.size() > query.limit) {
    out.items.pop_back();
    out.next = out.items.back().id.text();
  }
  return out;
}
Result<> SqliteAlarms::acknowledge(const AlarmId& id, const std::string& person, const std::string& note) {
  KW_CHECK(get(id));
  return at_least_one(db_.exec("UPDATE alarms SET state = 1, acknowledged_by = ?, note = ? WHERE id = ? AND state = 0",
                               {person, note, id}),
                      Errc::conflict);
}
Result<std::vector<Alarm>> SqliteAlarms::close_case(const DeviceId& device, ByteView case_id) {
  KW_TRY(auto ids, db_.all<AlarmId>("UPDATE alarms SET state = 2 WHERE device = ? AND case_id = ? AND state = 1 "
                                    "RETURNING id",
                                    {device, case_id}, [](Row& row) { return row.id<AlarmId>(); }));
  std::vector<Alarm> out;
  for (const auto& id : ids) {
    KW_TRY(auto alarm, get(id));
    out.push_back(std::move(alarm));
  }
  return out;
}
Result<std::uint64_t> SqliteAlarms::count_open(int least_severity, const Scope& scope) {
  std::string where = "WHERE state = 0 AND severity >= ? ";
  Values values{least_severity};
  add_device_scope(scope, "device", where, values);
  return db_.count("SELECT count(*) FROM alarms " + where, values);
}

}  // namespace kw::store
