#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

Export read_export(Row& row) {
  Export out;
  out.name = row.text();
  out.profile = row.blob();
  out.active = row.flag();
  out.ledger = row.blob();
  out.cursor = row.count();
  out.open_end = row.count();
  out.paused = row.flag();
  out.sent = row.count();
  out.refused = row.count();
  out.told = row.count();
  out.stall = row.blob();
  out.stalled_since = row.optional_time();
  out.last_success = row.optional_time();
  out.last_error = row.text();
  out.part_limit = row.count();
  out.part_end = row.count();
  out.in_a_row = row.count();
  return out;
}
const std::string kSelectExport =
    "SELECT name, profile, active, ledger, cursor, open_end, paused, sent, refused, told, stall, stalled_since, "
    "last_success, last_error, part_limit, part_end, in_a_row FROM exports ";

ExportRefusal read_refusal(Row& row) {
  ExportRefusal out;
  out.index = row.count();
  out.number = row.text();
  out.code = row.text();
  out.time = row.time();
  out.whole = row.flag();
  const auto state = row.count();
  if (state > static_cast<std::uint64_t>(ExportRecordState::taken)) row.corrupt();
  out.state = static_cast<ExportRecordState>(state);
  out.settled = row.optional_time();
  return out;
}
const std::string kSelectRefusal = "SELECT entry, number, code, at, whole, state, settled FROM export_records ";
std::string refusal_id(const std::string& name, const std::string& number) { return name + "/" + number; }

ExportProfile read_export_profile(Row& row) {
  ExportProfile out;
  out.name = row.text();
  out.version = row.count();
  out.text = row.text();
  out.digest = row.blob();
  out.saved_by = row.text();
  out.saved = row.time();
  out.reason = row.text();
  return out;
}
const std::string kSelectProfile =
    "SELECT name, version, text, digest, saved_by, saved, reason FROM export_profiles p ";

}  // namespace

Result<> SqliteExports::insert(const Export& t) {
  KW_CHECK(db_.exec("INSERT INTO exports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {t.name, t.profile, t.active, t.ledger, t.cursor, t.open_end, t.paused, t.sent, t.refused, t.told,
                     t.stall, t.stalled_since, t.last_success, t.last_error, t.part_limit, t.part_end, t.in_a_row}));
  return {};
}
Result<Export> SqliteExports::get(const std::string& name) {
  return db_.one<Export>(kSelectExport + "WHERE name = ?", {name}, read_export);
}
Result<std::vector<Export>> SqliteExports::list() {
  return db_.all<Export>(kSelectExport + "ORDER BY name", {}, read_export);
}
Result<> SqliteExports::update(const Export& t) {
  return at_least_one(
      db_.exec(
          "UPDATE exports SET profile = ?, active = ?, cursor = ?, open_end = ?, paused = ?, sent = ?, refused = ?, "
          "told = ?, stall = ?, stalled_since = ?, last_success = ?, last_error = ?, part_limit = ?, part_end = ?, "
          "in_a_row = ? WHERE name = ?",
          {t.profile, t.active, t.cursor, t.open_end, t.paused, t.sent, t.refused, t.told, t.stall, t.stalled_since,
           t.last_success, t.last_error, t.part_limit, t.part_end, t.in_a_row, t.name}),
      Errc::not_found);
}
Result<bool> SqliteExports::refuse(const std::string& name, const ExportRefusal& r) {
  KW_TRY(const auto changed, db_.exec("INSERT OR IGNORE INTO export_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                      {refusal_id(name, r.number), name, r.index, r.number, r.code, r.time, r.whole,
                                       static_cast<std::uint64_t>(r.state), r.settled}));
  return changed > 0;
}
Result<std::vector<ExportRefusal>> SqliteExports::refusals(const std::string& name, std::size_t most) {
  return db_.all<ExportRefusal>(kSelectRefusal + "WHERE target = ? ORDER BY entry DESC LIMIT ?",
                                {name, static_cast<std::int64_t>(most)}, read_refusal);
}
Result<ExportRefusal> SqliteExports::refusal(const std::string& name, const std::string& number) {
  return db_.one<ExportRefusal>(kSelectRefusal + "WHERE id = ?", {refusal_id(name, number)}, read_refusal);
}
Result<> SqliteExports::settle(const std::string& name, const ExportRefusal& r) {
  return at_least_one(
      db_.exec("UPDATE export_records SET code = ?, at = ?, state = ?, settled = ? WHERE id = ?",
               {r.code, r.time, static_cast<std::uint64_t>(r.state), r.settled, refusal_id(name, r.number)}),
      Errc::not_found);
}
Result<std::vector<ExportRefusal>> SqliteExports::asked(const std::string& name, std::size_t most) {
  return db_.all<ExportRefusal>(kSelectRefusal + "WHERE target = ? AND state = 1 ORDER BY entry LIMIT ?",
                                {name, static_cast<std::int64_t>(most)}, read_refusal);
}
Result<std::uint64_t> SqliteExports::aside(const std::string& name) {
  return db_.count("SELECT count(*) FROM export_records WHERE target = ? AND state <> 2", {name});
}

Result<> SqliteExports::save_profile(const ExportProfile& p) {
  KW_CHECK(db_.exec(
      "INSERT INTO export_profiles VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {p.name + "/" + std::to_string(p.version), p.name, p.version, p.text, p.digest, p.saved_by, p.saved, p.reason}));
  return {};
}
Result<std::vector<ExportProfile>> SqliteExports::newest_profiles() {
  return db_.all<ExportProfile>(
      kSelectProfile + "WHERE version = (SELECT max(version) FROM export_profiles WHERE name = p.name) ORDER BY name",
      {}, read_export_profile);
}
Result<std::vector<ExportProfile>> SqliteExports::profile_versions(const std::string& name) {
  return db_.all<ExportProfile>(kSelectProfile + "WHERE name = ? ORDER BY version DESC", {name}, read_export_profile);
}

}  // namespace kw::store
