#pragma once
// VaultFileDisk keeps sealed files in one directory: ID.part while somebody writes, ID.sealed when its row is there.
//
//   KW_TRY(auto handle, disk.begin(id)); ... SealedFileWriter writes and syncs
//   (the row is committed)  KW_CHECK(disk.publish(id));
//
// Mode 0600, each octet on the medium before its row says that it is. Thread-safe but for two acts on one ID. ADR 122.
#include <filesystem>
#include <map>

#include "store/ledger/file_ops.h"
#include "store/vault.h"

namespace kw::server {

class VaultFileDisk {
 public:
  explicit VaultFileDisk(std::filesystem::path directory) : directory_(std::move(directory)) {}
  /// open makes the directory where it is not there.
  Result<> open();
  Result<store::FileHandle> begin(const store::VaultFileId& id);  // Errc::already_exists
  Result<> publish(const store::VaultFileId& id);
  Result<> drop(const store::VaultFileId& id);    // what begin made; succeeds where it is not there
  Result<> remove(const store::VaultFileId& id);  // a published one; succeeds where it is not there
  [[nodiscard]] Result<store::FileHandle> read(const store::VaultFileId& id) const;  // a published one

  struct There {
    std::map<store::VaultFileId, std::uint64_t> whole, parts;  // with their octets
    std::uint64_t strangers = 0;                               // names that are nobody's here
  };
  [[nodiscard]] Result<There> list() const;

 private:
  [[nodiscard]] std::filesystem::path path(const store::VaultFileId& id, std::string_view end) const;
  std::filesystem::path directory_;
  store::PosixFileOps ops_;
};

}  // namespace kw::server
