#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

const std::string kSelectExtract =
    "SELECT id, number, account, purpose, filter, form, made, expires, entries, octets, digest, removed FROM "
    "audit_extracts ";

Extract read_extract(Row& row) {
  Extract out;
  out.id = row.id<ExtractId>();
  out.number = row.count();
  out.account = row.text();
  out.purpose = row.text();
  out.filter = row.text();
  out.form = row.text();
  out.made = row.time();
  out.expires = row.time();
  out.entries = row.count();
  out.octets = row.count();
  out.digest = row.blob();
  out.removed = row.flag();
  return out;
}

}  // namespace

Result<> SqliteExtracts::insert(const Extract& e) {
  KW_CHECK(db_.exec("INSERT INTO audit_extracts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {e.id, e.number, e.account, e.purpose, e.filter, e.form, e.made, e.expires, e.entries, e.octets,
                     e.digest, e.removed}));
  return {};
}
Result<Extract> SqliteExtracts::get(const ExtractId& id) {
  return db_.one<Extract>(kSelectExtract + "WHERE id = ?", {id}, read_extract);
}
Result<std::vector<Extract>> SqliteExtracts::list() {
  return db_.all<Extract>(kSelectExtract + "ORDER BY number DESC LIMIT 200", {}, read_extract);
}
Result<std::uint64_t> SqliteExtracts::take_number() {
  KW_CHECK(db_.exec("INSERT INTO meta VALUES ('extract_number', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1"));
  return db_.count("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'extract_number'");
}
Result<std::vector<Extract>> SqliteExtracts::expired(Timestamp now) {
  return db_.all<Extract>(kSelectExtract + "WHERE removed = 0 AND expires <= ? ORDER BY expires LIMIT 100", {now},
                          read_extract);
}
Result<> SqliteExtracts::remove(const ExtractId& id) {
  return at_least_one(db_.exec("UPDATE audit_extracts SET removed = 1 WHERE id = ?", {id}), Errc::not_found);
}

}  // namespace kw::store
