#pragma once
// SqliteVault is the vault's repository over SQLite; store/vault.h says what it promises.
#include "store/sqlite/database.h"
#include "store/vault.h"

namespace kw::store {

class SqliteVault final : public Vault {
 public:
  explicit SqliteVault(Database& db) : db_(db) {}
  Result<std::vector<VaultKey>> keys() override;
  Result<> insert_key(const VaultKey& key) override;
  Result<> set_key(const VaultKey& key) override;
  Result<> insert(const VaultCase& row, const std::vector<VaultTerm>& terms) override;
  Result<> replace(const VaultCase& row, std::uint64_t version, const std::vector<VaultTerm>& terms) override;
  Result<> remove(const std::string& matter, const VaultCaseId& id, std::uint64_t version) override;
  Result<VaultCase> get(const std::string& matter, const VaultCaseId& id) override;
  Result<std::vector<VaultCase>> find(const std::string& matter, const std::string& field,
                                      const std::vector<Bytes>& terms, std::size_t most) override;
  Result<std::vector<VaultCase>> after(const std::string& matter, const std::optional<std::string>& district,
                                       const VaultCaseId& id, std::size_t most) override;
  Result<std::vector<VaultCase>> newest(const std::string& matter, const std::optional<std::vector<SiteId>>& sites,
                                        std::size_t most) override;
  Result<std::vector<VaultCase>> ended(Timestamp now, std::size_t most) override;
  Result<std::uint64_t> count(const std::string& matter) override;
  Result<std::uint64_t> terms_of(const std::string& matter, const VaultCaseId& id) override;
  Result<> put_file(const VaultFile& file) override;
  Result<> replace_file(const VaultFile& file, const VaultFileId& before) override;
  Result<> remove_file(const VaultFile& file) override;
  Result<VaultFile> get_file(const std::string& matter, const VaultCaseId& id, const std::string& field) override;
  Result<std::vector<VaultFile>> files_after(const VaultFileId& file, std::size_t most) override;
  Result<std::vector<VaultFile>> files_under(const vault::KeyRef& key, std::size_t most) override;
  Result<std::vector<VaultFile>> files_ended(Timestamp now, std::size_t most) override;
  Result<std::vector<VaultFileId>> gone() override;
  Result<> forget_gone(const VaultFileId& file) override;
  Result<std::vector<VaultPart>> parts(const std::string& matter) override;
  Result<> put_part(const std::string& matter, const VaultPart& part) override;
  Result<std::vector<VaultRotation>> rotations() override;
  Result<> put_rotation(const VaultRotation& rotation) override;
  Result<std::vector<VaultDictionary>> dictionaries() override;
  Result<> insert_dictionary(const VaultDictionary& dictionary) override;

 private:
  Result<> file_gone(const VaultFileId& file);
  Result<> put_terms(const VaultCase& row, const std::vector<VaultTerm>& terms);
  Database& db_;
};

}  // namespace kw::store
