#pragma once
// VaultFiles::Upload is one file on its way in: what is sealed lies on the disk, less than a chunk and a part waits.
//
// Everything but `heard` belongs to who holds `mutex`.
#include <atomic>

#include "server/vault/sealed_file_writer.h"
#include "server/vault/vault_files.h"

namespace kw::server {

struct VaultFiles::Upload {
  Upload(VaultUploadId name, std::string of, store::VaultFile to, store::FileHandle file, vault::FileSealer with)
      : id(name), asker(std::move(of)), row(std::move(to)), writer(std::move(with), std::move(file)) {}

  const VaultUploadId id;
  const std::string asker;  // VaultAccess::name_of
  std::mutex mutex;
  store::VaultFile row;
  SealedFileWriter writer;
  std::uint64_t next = 0;
  bool over = false;
  std::atomic<Timestamp> heard{Timestamp{}};
};

}  // namespace kw::server
