#pragma once
// SealedFileWriter seals what comes in pieces of any size and writes it to a file; less than a chunk waits in memory.
//
//   SealedFileWriter writer(std::move(sealer), std::move(handle));
//   KW_CHECK(writer.add(piece, false)); ... KW_CHECK(writer.add(piece, true)); KW_CHECK(writer.sync());
//
// Nothing in the clear touches the disk, and what waits is wiped. One thread at a time. The form: vault/file.h.
#include "store/ledger/file_ops.h"
#include "vault/file.h"

namespace kw::server {

class SealedFileWriter {
 public:
  SealedFileWriter(vault::FileSealer sealer, store::FileHandle file)
      : sealer_(std::move(sealer)), file_(std::move(file)) {}
  ~SealedFileWriter() { wipe(waiting_); }
  SealedFileWriter(const SealedFileWriter&) = delete;
  SealedFileWriter& operator=(const SealedFileWriter&) = delete;

  /// add: at most FileSealer::kMostPiece less a chunk; only the last piece may be empty. Errors as those of sealer and
  /// disk; after one the file is of no use.
  Result<> add(ByteView plain, bool last);
  Result<> sync() { return ops_.sync_data(file_); }
  [[nodiscard]] const vault::FileSealer& sealer() const noexcept { return sealer_; }
  [[nodiscard]] std::uint64_t plain() const noexcept { return plain_; }  // octets that were added

 private:
  vault::FileSealer sealer_;
  store::FileHandle file_;
  store::PosixFileOps ops_;
  Bytes waiting_;
  std::uint64_t plain_ = 0;
  bool begun_ = false;
};

}  // namespace kw::server
