#include <array>

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 3> kSubjectKinds{"custodian", "administrator", "applicant"};

Subject read_subject(Row& row) {
  Subject out;
  out.id = row.id<SubjectId>();
  const auto kind = row.count();
  if (kind >= kSubjectKinds.size()) row.corrupt();
  out.kind = static_cast<SubjectKind>(kind);
  out.identity = row.blob();
  out.created = row.time();
  out.forgotten = row.optional_time();
  out.entries = row.count();
  return out;
}
const std::string kSelectSubject =
    "SELECT s.id, s.kind, s.identity, s.created, s.forgotten, (SELECT count(*) FROM subject_entries e WHERE e.subject "
    "= "
    "s.id) FROM subjects s ";

}  // namespace

std::string_view name(SubjectKind kind) noexcept { return kSubjectKinds.at(static_cast<std::size_t>(kind)); }

Result<> SqliteSubjects::insert(const Subject& s, const SubjectKey& key, const std::vector<Bytes>& handles) {
  KW_CHECK(db_.exec("INSERT INTO subjects (id, kind, identity, created) VALUES (?, ?, ?, ?)",
                    {s.id, static_cast<int>(s.kind), s.identity, s.created}));
  KW_CHECK(db_.exec("INSERT INTO subject_keys (subject, id, wrapped, about) VALUES (?, ?, ?, ?)",
                    {s.id, key.id, key.wrapped, key.about}));
  for (const auto& handle : handles)
    KW_CHECK(db_.exec("INSERT OR IGNORE INTO subject_handles (handle, subject) VALUES (?, ?)", {handle, s.id}));
  return {};
}
Result<Subject> SqliteSubjects::get(const SubjectId& id) {
  return db_.one<Subject>(kSelectSubject + "WHERE s.id = ?", {id}, read_subject);
}
Result<Subject> SqliteSubjects::by_identity(ByteView identity) {
  return db_.one<Subject>(kSelectSubject + "WHERE s.identity = ?", {identity}, read_subject);
}
Result<std::vector<Subject>> SqliteSubjects::by_handle(ByteView handle) {
  return db_.all<Subject>(
      kSelectSubject + "JOIN subject_handles h ON h.subject = s.id WHERE h.handle = ? ORDER BY s.id DESC LIMIT 200",
      {handle}, read_subject);
}
Result<std::vector<Subject>> SqliteSubjects::list(std::size_t most, std::optional<SubjectId> before) {
  const auto limit = static_cast<std::uint64_t>(most);
  if (!before) return db_.all<Subject>(kSelectSubject + "ORDER BY s.id DESC LIMIT ?", {limit}, read_subject);
  return db_.all<Subject>(kSelectSubject + "WHERE s.id < ? ORDER BY s.id DESC LIMIT ?", {*before, limit}, read_subject);
}
Result<SubjectKey> SqliteSubjects::key(const SubjectId& id) {
  return db_.one<SubjectKey>(
      "SELECT id, subject, wrapped, about FROM subject_keys WHERE subject = ?", {id},
      [](Row& row) { return SubjectKey{row.id<SubjectKeyId>(), row.id<SubjectId>(), row.blob(), row.text()}; });
}
Result<> SqliteSubjects::forget(const SubjectId& id, Timestamp now) {
  KW_CHECK(at_least_one(
      db_.exec("UPDATE subjects SET identity = NULL, forgotten = ? WHERE id = ? AND forgotten IS NULL", {now, id}),
      Errc::conflict));
  // Overwritten first: what SQLite then leaves behind of the row is zeros even where secure_delete is off.
  KW_CHECK(db_.exec(
      "UPDATE subject_keys SET wrapped = zeroblob(length(wrapped)), about = printf('%.*c', length(about), 'x') WHERE "
      "subject = ?",
      {id}));
  KW_CHECK(db_.exec("DELETE FROM subject_keys WHERE subject = ?", {id}));
  KW_CHECK(db_.exec("DELETE FROM subject_handles WHERE subject = ?", {id}));
  return {};
}
Result<> SqliteSubjects::note_entry(const SubjectId& id, std::uint64_t index) {
  KW_CHECK(db_.exec("INSERT OR IGNORE INTO subject_entries VALUES (?, ?)", {id, index}));
  return {};
}
Result<std::vector<std::uint64_t>> SqliteSubjects::entries(const SubjectId& id, std::size_t most) {
  return db_.all<std::uint64_t>(
      "SELECT ledger_index FROM subject_entries WHERE subject = ? ORDER BY ledger_index DESC LIMIT ?",
      {id, static_cast<std::uint64_t>(most)}, [](Row& row) { return row.count(); });
}

}  // namespace kw::store
