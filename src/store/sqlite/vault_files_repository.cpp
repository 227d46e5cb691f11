// Files of the vault: rows that say which octets outside the store belong to which case.
#include "store/sqlite/repositories.h"
#include "store/sqlite/vault_repository.h"

namespace kw::store {
namespace {

const std::string kSelectVaultFile =
    "SELECT matter, id, field, file, key, key_version, plain, sealed, statement, made, ends FROM vault_files ";

VaultFile read_vault_file(Row& row) {
  VaultFile out;
  out.matter = row.text();
  out.case_id = row.id<VaultCaseId>();
  out.field = row.text();
  out.file = row.id<VaultFileId>();
  out.key.id = row.id<vault::KeyId>();
  out.key.version = static_cast<std::uint32_t>(row.count());
  out.plain = row.count();
  out.sealed = row.count();
  out.statement = row.blob();
  out.made = row.time();
  out.ends = row.time();
  return out;
}

}  // namespace

Result<> SqliteVault::file_gone(const VaultFileId& file) {
  KW_CHECK(db_.exec("INSERT OR IGNORE INTO vault_gone VALUES (?)", {file}));
  return {};
}
Result<> SqliteVault::put_file(const VaultFile& f) {
  const auto before = get_file(f.matter, f.case_id, f.field);
  if (before) return replace_file(f, before->file);
  if (before.code() != Errc::not_found) return before.error();
  KW_CHECK(db_.exec("INSERT INTO vault_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {f.matter, f.case_id, f.field, f.file, f.key.id, std::uint64_t{f.key.version}, f.plain, f.sealed,
                     f.statement, f.made, f.ends}));
  return {};
}
Result<> SqliteVault::replace_file(const VaultFile& f, const VaultFileId& before) {
  KW_CHECK(at_least_one(
      db_.exec(
          "UPDATE vault_files SET file = ?, key = ?, key_version = ?, plain = ?, sealed = ?, statement = ?, made = "
          "?, ends = ? WHERE matter = ? AND id = ? AND field = ? AND file = ?",
          {f.file, f.key.id, std::uint64_t{f.key.version}, f.plain, f.sealed, f.statement, f.made, f.ends, f.matter,
           f.case_id, f.field, before}),
      Errc::conflict));
  return file_gone(before);
}
Result<> SqliteVault::remove_file(const VaultFile& f) {
  KW_CHECK(at_least_one(db_.exec("DELETE FROM vault_files WHERE matter = ? AND id = ? AND field = ? AND file = ?",
                                 {f.matter, f.case_id, f.field, f.file}),
                        Errc::conflict));
  return file_gone(f.file);
}
Result<VaultFile> SqliteVault::get_file(const std::string& matter, const VaultCaseId& id, const std::string& field) {
  return db_.one<VaultFile>(kSelectVaultFile + "WHERE matter = ? AND id = ? AND field = ?", {matter, id, field},
                            read_vault_file);
}
Result<std::vector<VaultFile>> SqliteVault::files_after(const VaultFileId& file, std::size_t most) {
  return db_.all<VaultFile>(kSelectVaultFile + "WHERE file > ? ORDER BY file LIMIT ?",
                            {file, static_cast<std::uint64_t>(most)}, read_vault_file);
}
Result<std::vector<VaultFile>> SqliteVault::files_under(const vault::KeyRef& key, std::size_t most) {
  return db_.all<VaultFile>(kSelectVaultFile + "WHERE key = ? AND key_version = ? ORDER BY file LIMIT ?",
                            {key.id, std::uint64_t{key.version}, static_cast<std::uint64_t>(most)}, read_vault_file);
}
Result<std::vector<VaultFile>> SqliteVault::files_ended(Timestamp now, std::size_t most) {
  return db_.all<VaultFile>(kSelectVaultFile + "WHERE ends < ? ORDER BY ends LIMIT ?",
                            {now, static_cast<std::uint64_t>(most)}, read_vault_file);
}
Result<std::vector<VaultFileId>> SqliteVault::gone() {
  return db_.all<VaultFileId>("SELECT file FROM vault_gone", {}, [](Row& row) { return row.id<VaultFileId>(); });
}
Result<> SqliteVault::forget_gone(const VaultFileId& file) {
  KW_CHECK(db_.exec("DELETE FROM vault_gone WHERE file = ?", {file}));
  return {};
}

}  // namespace kw::store
