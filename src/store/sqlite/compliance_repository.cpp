#include "store/sqlite/compliance_repository.h"

#include "store/sqlite/json_column.h"
#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();
constexpr int kMostRecords = 500;

ComplianceSubject read_compliance_subject(Row& row) {
  ComplianceSubject out;
  const auto kind = row.count();
  if (kind > static_cast<std::uint64_t>(SubjectOf::region)) row.corrupt();
  out.kind = static_cast<SubjectOf>(kind);
  const auto id = to_array<16>(row.blob());
  if (id) {
    out.id = *id;
  } else {
    row.corrupt();
  }
  return out;
}
Value kind_value(const ComplianceSubject& subject) { return static_cast<int>(subject.kind); }
Value id_value(const ComplianceSubject& subject) { return ByteView(subject.id); }

ComplianceRecord read_compliance_record(Row& row) {
  ComplianceRecord out;
  out.id = row.id<ComplianceRecordId>();
  out.subject = read_compliance_subject(row);
  out.record = row.text();
  out.requirement = row.text();
  out.number = row.text();
  out.issuer = row.text();
  out.valid_from = row.time();
  out.valid_until = row.time();
  out.fields = read_words(row);
  out.reason = row.text();
  out.file_name = row.text();
  out.file_digest = row.blob();
  out.who = row.text();
  out.role = row.text();
  out.second_who = row.text();
  out.filed = row.time();
  out.withdrawn = row.optional_time();
  out.withdrawn_by = row.text();
  out.withdrawn_why = row.text();
  return out;
}
const std::string kSelectComplianceRecord =
    "SELECT id, kind, subject, record, requirement, number, issuer, valid_from, valid_until, fields, reason, "
    "file_name, file_digest, who, role, second_who, filed, withdrawn, withdrawn_by, withdrawn_why "
    "FROM compliance_records ";

LastEvent read_last_event(Row& row) {
  LastEvent out;
  out.type = row.text();
  out.result = row.text();
  out.time = row.time();
  out.by_kiosk = row.flag();
  return out;
}

ComplianceChange read_compliance_change(Row& row) {
  ComplianceChange out;
  out.subject = read_compliance_subject(row);
  out.requirement = row.text();
  out.time = row.time();
  out.before = static_cast<int>(row.number());
  out.after = static_cast<int>(row.number());
  return out;
}
const std::string kSelectComplianceChange =
    "SELECT kind, subject, requirement, time, before, after FROM compliance_history ";

/// Counts stand in one column, "1,2,3,4,5,6": they are read together and never searched.
std::string write_counts(const std::array<std::uint64_t, 6>& counts) {
  std::string out;
  for (const auto count : counts) out += (out.empty() ? "" : ",") + std::to_string(count);
  return out;
}
std::array<std::uint64_t, 6> read_counts(Row& row) {
  std::array<std::uint64_t, 6> out{};
  const auto text = row.text();
  std::size_t at = 0;
  for (const char c : text) {
    if (c == ',') {
      ++at;
    } else if (at < out.size() && c >= '0' && c <= '9') {
      out.at(at) = out.at(at) * 10 + static_cast<std::uint64_t>(c - '0');
    } else {
      row.corrupt();
      return out;
    }
  }
  if (at + 1 != out.size()) row.corrupt();
  return out;
}

}  // namespace

Result<KioskWord> SqliteCompliance::word(const DeviceId& device) {
  auto found = db_.one<KioskWord>(
      "SELECT vouched, state, facts_since, events_complete, suite, admitted, policy_revision, policy_digest FROM "
      "kiosk_words WHERE device = ?",
      {device}, [](Row& row) {
        KioskWord out;
        out.vouched = row.optional_time();
        out.state = static_cast<int>(row.number());
        out.facts_since = row.optional_time();
        out.events_complete = row.optional_time();
        out.suite = row.text();
        out.admitted = row.optional_time();
        out.policy_revision = row.count();
        out.policy_digest = row.blob();
        return out;
      });
  if (!found && found.code() == Errc::not_found) return KioskWord();
  return found;
}
Result<> SqliteCompliance::put_word(const DeviceId& device, const KioskWord& word) {
  KW_CHECK(db_.exec("INSERT OR REPLACE INTO kiosk_words VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {device, word.vouched, word.state, word.facts_since, word.events_complete, word.suite,
                     word.admitted, word.policy_revision, word.policy_digest}));
  return {};
}

Result<> SqliteCompliance::note_event(const DeviceId& device, const LastEvent& event) {
  KW_CHECK(db_.exec(
      "INSERT INTO last_events (device, type, time, result, by_kiosk) VALUES (?1, ?2, max(?3, coalesce((SELECT "
      "max(time) + 1 FROM last_events WHERE device = ?1), 0)), ?4, ?5) ON CONFLICT (device, type, by_kiosk) DO UPDATE "
      "SET time = excluded.time, result = excluded.result",
      {device, event.type, event.time, event.result, event.by_kiosk}));
  return {};
}
Result<std::vector<LastEvent>> SqliteCompliance::events_of(const DeviceId& device) {
  return db_.all<LastEvent>("SELECT type, result, time, by_kiosk FROM last_events WHERE device = ? ORDER BY type, time",
                            {device}, read_last_event);
}
Result<std::vector<LastEvent>> SqliteCompliance::newest_events() {
  return db_.all<LastEvent>(
      "SELECT type, result, max(time), by_kiosk FROM last_events GROUP BY type, by_kiosk ORDER BY type, time", {},
      read_last_event);
}
Result<std::optional<Timestamp>> SqliteCompliance::oldest_complete() {
  // min() passes over what is NULL: devices that never said so are counted.
  return db_.one<std::optional<Timestamp>>(
      "SELECT min(w.events_complete), sum(w.events_complete IS NULL), count(*) FROM devices d LEFT JOIN kiosk_words w "
      "ON w.device = d.id WHERE d.disabled = 0",
      {}, [](Row& row) -> std::optional<Timestamp> {
        const auto oldest = row.optional_time();
        const auto silent = row.optional_time();  // NULL where there are no rows at all
        if (row.count() == 0) return Timestamp{kEndOfTime};
        return silent && silent->unix_ns > 0 ? std::nullopt : oldest;
      });
}

Result<> SqliteCompliance::insert_record(const ComplianceRecord& r) {
  KW_CHECK(
      db_.exec("INSERT INTO compliance_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {r.id,
                kind_value(r.subject),
                id_value(r.subject),
                r.record,
                r.requirement,
                r.number,
                r.issuer,
                r.valid_from,
                r.valid_until,
                write_words(r.fields),
                r.reason,
                r.file_name,
                r.file_digest,
                r.who,
                r.role,
                r.second_who,
                r.filed,
                r.withdrawn,
                r.withdrawn_by,
                r.withdrawn_why}));
  return {};
}
Result<ComplianceRecord> SqliteCompliance::record(const ComplianceRecordId& id) {
  return db_.one<ComplianceRecord>(kSelectComplianceRecord + "WHERE id = ?", {id}, read_compliance_record);
}
Result<std::vector<ComplianceRecord>> SqliteCompliance::records(const ComplianceSubject& subject, bool standing) {
  return db_.all<ComplianceRecord>(kSelectComplianceRecord + "WHERE kind = ? AND subject = ? " +
                                       (standing ? "AND withdrawn IS NULL " : "") + "ORDER BY id DESC LIMIT ?",
                                   {kind_value(subject), id_value(subject), kMostRecords}, read_compliance_record);
}
Result<std::vector<ComplianceRecord>> SqliteCompliance::newest_records(std::size_t most) {
  return db_.all<ComplianceRecord>(kSelectComplianceRecord + "ORDER BY id DESC LIMIT ?",
                                   {static_cast<std::uint64_t>(most)}, read_compliance_record);
}
Result<> SqliteCompliance::withdraw(const ComplianceRecordId& id, Timestamp now, const std::string& by,
                                    const std::string& why) {
  return at_least_one(db_.exec("UPDATE compliance_records SET withdrawn = ?, withdrawn_by = ?, withdrawn_why = ? "
                               "WHERE id = ? AND withdrawn IS NULL",
                               {now, by, why, id}),
                      Errc::conflict);
}

Result<std::vector<ComplianceStatus>> SqliteCompliance::statuses() {
  return db_.all<ComplianceStatus>(
      "SELECT kind, subject, requirement, status FROM compliance_verdicts ORDER BY kind, subject, requirement", {},
      [](Row& row) {
        ComplianceStatus out;
        out.subject = read_compliance_subject(row);
        out.requirement = row.text();
        out.status = static_cast<int>(row.number());
        return out;
      });
}
Result<std::vector<ComplianceVerdict>> SqliteCompliance::verdicts(const ComplianceSubject& subject) {
  return db_.all<ComplianceVerdict>(
      "SELECT requirement, status, since, judged, holds_until, valid_until, reasons FROM compliance_verdicts "
      "WHERE kind = ? AND subject = ? ORDER BY requirement",
      {kind_value(subject), id_value(subject)}, [](Row& row) {
        ComplianceVerdict out;
        out.requirement = row.text();
        out.status = static_cast<int>(row.number());
        out.since = row.time();
        out.judged = row.time();
        out.holds_until = row.time();
        out.valid_until = row.optional_time();
        out.reasons = row.text();
        return out;
      });
}
Result<> SqliteCompliance::put_verdict(const ComplianceSubject& subject, const ComplianceVerdict& v) {
  KW_CHECK(db_.exec("INSERT OR REPLACE INTO compliance_verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {kind_value(subject), id_value(subject), v.requirement, v.status, v.since, v.judged, v.holds_until,
                     v.valid_until, v.reasons}));
  return {};
}
Result<> SqliteCompliance::drop(const ComplianceSubject& subject) {
  KW_CHECK(db_.exec("DELETE FROM compliance_verdicts WHERE kind = ? AND subject = ?",
                    {kind_value(subject), id_value(subject)}));
  return {};
}
Result<std::vector<ComplianceEnd>> SqliteCompliance::ending(Timestamp from, Timestamp to, std::size_t most) {
  return db_.all<ComplianceEnd>(
      "SELECT kind, subject, requirement, valid_until FROM compliance_verdicts WHERE valid_until > ? AND valid_until "
      "<= ? ORDER BY valid_until, kind, subject, requirement LIMIT ?",
      {from, to, static_cast<std::uint64_t>(most)}, [](Row& row) {
        ComplianceEnd out;
        out.subject = read_compliance_subject(row);
        out.requirement = row.text();
        out.until = row.time();
        return out;
      });
}

Result<> SqliteCompliance::add_change(const ComplianceChange& c) {
  KW_CHECK(db_.exec("INSERT OR REPLACE INTO compliance_history VALUES (?, ?, ?, ?, ?, ?)",
                    {kind_value(c.subject), id_value(c.subject), c.requirement, c.time, c.before, c.after}));
  return {};
}
Result<std::vector<ComplianceChange>> SqliteCompliance::changes(Timestamp since,
                                                                const std::optional<ComplianceSubject>& subject,
                                                                std::size_t most) {
  std::string where = "WHERE time >= ? ";
  Values values{since};
  if (subject) {
    where += "AND kind = ? AND subject = ? ";
    values.push_back(kind_value(*subject));
    values.push_back(id_value(*subject));
  }
  values.emplace_back(static_cast<std::uint64_t>(most));
  return db_.all<ComplianceChange>(
      kSelectComplianceChange + where + "ORDER BY time DESC, kind, subject, requirement LIMIT ?", values,
      read_compliance_change);
}
Result<std::vector<ComplianceChange>> SqliteCompliance::history(const ComplianceSubject& subject,
                                                                const std::string& requirement, std::size_t most) {
  return db_.all<ComplianceChange>(
      kSelectComplianceChange + "WHERE kind = ? AND subject = ? AND requirement = ? ORDER BY time DESC LIMIT ?",
      {kind_value(subject), id_value(subject), requirement, static_cast<std::uint64_t>(most)}, read_compliance_change);
}

Result<> SqliteCompliance::put_score(const ComplianceScore& s) {
  KW_CHECK(db_.exec("INSERT OR REPLACE INTO compliance_scores VALUES (?, ?, ?, ?, ?, ?)",
                    {kind_value(s.subject), id_value(s.subject), s.day, s.earned, s.possible, write_counts(s.counts)}));
  return {};
}
Result<std::vector<ComplianceScore>> SqliteCompliance::scores(const ComplianceSubject& subject, std::int64_t from_day) {
  return db_.all<ComplianceScore>(
      "SELECT kind, subject, day, earned, possible, counts FROM compliance_scores WHERE kind = ? AND subject = ? AND "
      "day >= ? ORDER BY day",
      {kind_value(subject), id_value(subject), from_day}, [](Row& row) {
        ComplianceScore out;
        out.subject = read_compliance_subject(row);
        out.day = row.number();
        out.earned = row.count();
        out.possible = row.count();
        out.counts = read_counts(row);
        return out;
      });
}
Result<> SqliteCompliance::prune(Timestamp changes_before, std::int64_t scores_before) {
  KW_CHECK(db_.exec("DELETE FROM compliance_history WHERE time < ?", {changes_before}));
  KW_CHECK(db_.exec("DELETE FROM compliance_scores WHERE day < ?", {scores_before}));
  return {};
}

}  // namespace kw::store
