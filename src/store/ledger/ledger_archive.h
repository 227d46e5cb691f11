#pragma once
// LedgerArchive takes closed segments of a ledger off this machine without losing a proof: it seals them, exports them
// as bundles, and removes what was sealed, exported, confirmed and is old enough. Tiles stay for ever.
//
//   KW_TRY(auto sealed, archive.seal_next(head, received, key));      // one closed segment, where there is one
//   KW_TRY(auto bundle, archive.exported(number, head));              // head and file of the bundle, and its digest
//   KW_CHECK(archive.confirm(number, digest, account, place));        // somebody has it elsewhere
//   KW_TRY(auto gone, archive.remove_next(older_than, key, announce));
//
// `head` is the newest checkpoint. Thread-safe; the writer goes on meanwhile. Its lock need not be held: closed
// segments do not change.
#include <functional>
#include <mutex>

#include "base/time.h"
#include "store/ledger/archive_record.h"

namespace kw::store {

/// A bundle as it is sent: `head`, then the segment file.
struct SegmentBundle {
  ledger::SegmentSeal seal;
  Bytes head;
  std::filesystem::path file;
  std::uint64_t octets = 0;  // of both
  crypto::Digest digest{};   // of both
};

class LedgerArchive {
 public:
  /// Tells when an entry was received; Errc::corrupt for one that cannot be read.
  using Received = std::function<Result<Timestamp>(ByteView entry)>;

  /// `ops` and `clock` outlive the archive. Records that `key` did not seal are refused.
  LedgerArchive(const std::filesystem::path& dir, FileOps& ops, const Clock& clock, crypto::Sm2PublicKey key);

  /// seal_next recomputes the first closed segment that has no seal and that `head` covers, and seals it; nothing where
  /// there is none. Errc::corrupt where its entries do not lead to the tree: it is not sealed then.
  Result<std::optional<ledger::SegmentSeal>> seal_next(const ledger::Checkpoint& head, const Received& received,
                                                       const crypto::Sm2PrivateKey& key);
  /// list gives the records of all sealed segments, in order.
  Result<std::vector<ArchiveRecord>> list();
  /// exported gives the bundle of a sealed segment; the first time it is made over `head`, and remembered, so that
  /// every later export has the same octets. Errc::not_found without a seal, Errc::wrong_state where the file is gone,
  /// Errc::corrupt where it is not the sealed one any more.
  Result<SegmentBundle> exported(std::uint32_t number, const ledger::v1::Signed& head);
  /// confirm: Errc::wrong_state before an export, Errc::conflict unless `digest` is the exported bundle's. Twice is
  /// once.
  Result<ledger::SegmentSeal> confirm(std::uint32_t number, ByteView digest, const std::string& account,
                                      const std::string& place);
  /// remove_next removes the file of the first segment here, where it is confirmed and its newest entry is older than
  /// `before`; nothing where it is not. `announce` is told before anything is gone, and its error stops it; then the
  /// statement of the removal is signed and stored, then the file goes. A removal that a crash cut short is ended
  /// without telling again.
  Result<std::optional<ledger::SegmentSeal>> remove_next(
      Timestamp before, const crypto::Sm2PrivateKey& key,
      const std::function<Result<>(const ledger::SegmentSeal&)>& announce);

 private:
  Result<ledger::SegmentSeal> recompute(const SegmentFile& segment, std::uint64_t end, const Received& received);

  const LedgerLayout layout_;
  FileOps& ops_;
  const Clock& clock_;
  const std::optional<crypto::Sm2PublicKey> key_;
  std::mutex mutex_;
};

/// digest_of_file is SM3 over `head` and the whole file, read in pieces.
Result<crypto::Digest> digest_of_file(const std::filesystem::path& path, ByteView head = {});

}  // namespace kw::store
