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
  return out;
}
const std::string kSelectExport =
    "SELECT name, profile, active, ledger, cursor, open_end, paused, sent, refused, told, stall, stalled_since, "
    "last_success, last_error FROM exports ";

ExportRefusal read_refusal(Row& row) {
  ExportRefusal out;
  out.index = row.count();
  out.number = row.text();
  out.code = row.text();
  out.time = row.time();
  return out;
}

}  // namespace

Result<> SqliteExports::insert(const Export& t) {
  KW_CHECK(db_.exec("INSERT INTO exports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {t.name, t.profile, t.active, t.ledger, t.cursor, t.open_end, t.paused, t.sent, t.refused, t.told,
                     t.stall, t.stalled_since, t.last_success, t.last_error}));
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
          "told = ?, stall = ?, stalled_since = ?, last_success = ?, last_error = ? WHERE name = ?",
          {t.profile, t.active, t.cursor, t.open_end, t.paused, t.sent, t.refused, t.told, t.stall, t.stalled_since,
           t.last_success, t.last_error, t.name}),
      Errc::not_found);
}
Result<bool> SqliteExports::refuse(const std::string& name, const ExportRefusal& r) {
  KW_TRY(const auto changed, db_.exec("INSERT OR IGNORE INTO export_refusals VALUES (?, ?, ?, ?, ?)",
                                      {name, r.index, r.number, r.code, r.time}));
  return changed > 0;
}
Result<std::vector<ExportRefusal>> SqliteExports::refusals(const std::string& name, std::size_t most) {
  return db_.all<ExportRefusal>(
      "SELECT entry, number, code, at FROM export_refusals WHERE target = ? ORDER BY entry DESC LIMIT ?",
      {name, static_cast<std::int64_t>(most)}, read_refusal);
}

}  // namespace kw::store
