#pragma once
// VaultFiles keeps sealed files of cases: taken in parts, given back whole or by range, checked by auditors without a
// key.
//
//   KW_TRY(const auto done, files.put(asker, matter, {"entry", "C-1"}, part));    in order; the last one seals
//   KW_TRY(auto plain, files.read(asker, matter, {"listing", "C-1"}, {id, "photo"}, {offset, length}));
//   KW_TRY(auto proof, files.statement(auditor, matter, {id, "photo"}));          kioskward verify vault-file
//
// A field of protection file has one file, replaced as a whole. It is sealed under the key of its field and district as
// it comes, in chunks of 64 KiB (vault/file.h), and bound to tenant, field, case and its own ID; the ledger's key signs
// what it is. Nothing in the clear touches the disk, and one chunk is in memory while it is read. Refusals as
// VaultService's, and "upload_unknown", "upload_order", "file_unknown". Thread-safe; one thread sweeps and reseals.
// Source: clauses 7.1, 7.5; ADR 122.
#include <memory>
#include <shared_mutex>

#include "crypto/sm2.h"
#include "net/http_types.h"
#include "server/vault/vault_access.h"
#include "server/vault/vault_file_disk.h"
#include "server/vault/vault_keys.h"
#include "server/vault/vault_watch.h"
#include "trail/words.h"
#include "vault/file.h"

namespace kw::server {

using VaultUploadId = Id<struct VaultUploadTag>;

struct FileWish {
  store::VaultCaseId case_id;
  std::string field;
};
struct FilePart {
  FileWish of;
  std::optional<VaultUploadId> upload;  // absent: this is the first
  std::uint64_t part = 0;
  bool last = false;
  SecretBytes octets;
};
struct FileProgress {
  VaultUploadId upload;
  std::uint64_t next = 0;
  std::optional<store::VaultFile> file;  // with the last part
  std::string root;                      // of its chunks, hex
};
/// From offset, which lies in the file, to its end or for length octets.
struct FileRange {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};
struct GivenFile {
  std::shared_ptr<net::BodySource> octets;
  store::VaultFile file;
};

class VaultFiles {
 public:
  static constexpr std::size_t kMostUploads = 64, kMostPart = 768UL << 10;
  static constexpr std::uint64_t kMostFile = trail::kMostFile;
  static constexpr Duration kPatience = std::chrono::minutes(10);
  struct Parts {
    Changes& changes;
    VaultKeys& keys;
    VaultAccess& access;
    VaultWatch& watch;
    const crypto::Sm2PrivateKey& signer;  // the ledger's key
    Log& log;
    std::string tenant;
    std::filesystem::path directory;
  };
  explicit VaultFiles(Parts parts);
  ~VaultFiles();
  VaultFiles(const VaultFiles&) = delete;
  VaultFiles& operator=(const VaultFiles&) = delete;
  /// settle finishes what a stop interrupted, and removes uploads that never ended. Before anything else.
  Result<> settle();

  Result<FileProgress> put(const VaultAsker& who, const std::string& matter, const VaultTerms& terms, FilePart part);
  /// give_up ends an upload before its last part; nothing where it is over.
  void give_up(const VaultUploadId& upload);
  /// read gives plain octets, chunk by chunk; recorded before it returns. Errc::corrupt for a file that is not as it
  /// was sealed; damage behind the first chunk ends the body, and is told either way.
  Result<GivenFile> read(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                         const FileWish& wish, const FileRange& range);
  /// sealed gives the file as it lies on the disk; recorded.
  Result<GivenFile> sealed(const VaultAsker& who, const std::string& matter, const FileWish& wish);
  /// statement is v1::Signed of vault::FileStatement as a PEM block.
  Result<std::string> statement(const VaultAsker& who, const std::string& matter, const FileWish& wish);

  /// sweep removes files whose time is over, octets of files that have no row any more, and uploads that nobody goes on
  /// with. It gives how many files.
  Result<std::size_t> sweep();
  /// reseal moves one file from a version that seals no more to the one that does: false where there is none.
  Result<bool> reseal();
  /// compare finds files without their row, rows without their file, and those that were found damaged.
  Result<std::vector<VaultFinding>> compare();

 private:
  struct Upload;
  class PlainBody;
  class SealedBody;
  struct Opened {
    store::VaultFile row;
    std::shared_ptr<store::FileHandle> handle;
  };
  struct Allowed {
    VaultTable* table = nullptr;
    const vault::DataField* field = nullptr;
    store::VaultCase row;
  };
  Result<Allowed> allowed(const VaultAsker& who, const std::string& matter, const FileWish& wish, std::string_view act);
  /// why_not he may see it, as a word of masking::RevealReason; empty: he may.
  [[nodiscard]] std::string why_not(const VaultAsker& who, const Allowed& allowed) const;
  Result<std::shared_ptr<Upload>> begin(const VaultAsker& who, const Allowed& allowed);
  Result<std::shared_ptr<Upload>> known(const VaultAsker& who, const std::string& matter, const FilePart& part);
  Result<> feed(Upload& upload, const FilePart& part);
  Result<FileProgress> finish(const VaultAsker& who, const VaultTerms& terms, Upload& upload, const Allowed& allowed);
  void forget(Upload& upload);  // it is over
  void drop(Upload& upload);    // and nothing of it stays
  /// Where a file stands, as its octets are bound to it.
  struct Standing {
    std::string tenant, collection, file;
    [[nodiscard]] vault::FilePlace place() const { return {tenant, collection, file}; }
  };
  [[nodiscard]] Standing standing(const store::VaultFile& row) const;
  static vault::KeyPurpose purpose(const std::string& matter, const vault::DataField& field,
                                   const std::string& district);
  /// sealer begins row.file under the active key, and writes which that is.
  Result<vault::FileSealer> sealer(store::VaultFile& row, const vault::KeyPurpose& purpose, vault::Grade grade);
  /// sign fills in what a finished sealer knows, and gives the root.
  Result<std::string> sign(const vault::FileSealer& sealer, store::VaultFile& row) const;
  /// commit writes the row by `work`, and gives the file its name; where it cannot, the next start does.
  Result<> commit(const store::VaultFile& row, const std::function<Result<>(Change&)>& work);
  Result<Opened> find(const std::string& matter, const FileWish& wish);
  Result<vault::FileOpener> opener(const Opened& opened) const;
  Result<SecretBytes> chunk(const Opened& opened, const vault::FileOpener& opener, std::uint64_t index);
  Error damaged(const store::VaultFile& row, const Error& why);
  Result<> reseal_one(const store::VaultFile& row, const vault::KeyPurpose& purpose);
  Result<> remove_gone();

  Parts parts_;
  VaultFileDisk disk_;
  std::shared_mutex place_;  // between a row's commit and its file's name: whoever looks for a file waits
  std::mutex mutex_;         // the following; never held while octets are written
  std::map<VaultUploadId, std::shared_ptr<Upload>> uploads_;
  std::set<store::VaultFileId> damaged_, stuck_;
};

}  // namespace kw::server
