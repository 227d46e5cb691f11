#pragma once
// SegmentScan reads the records of one segment file in order, through a buffer; recovery and verification use it.
//
// It hashes the entries of some hundred records ahead together.
// One thread at a time.
#include <filesystem>
#include <optional>

#include "store/ledger/file_ops.h"
#include "store/ledger/record.h"

namespace kw::store {

class SegmentScan {
 public:
  static Result<SegmentScan> open(const std::filesystem::path& path, std::uint64_t offset = kSegmentHeader);

  /// next gives the record at offset() and moves on; its view lives until the next call. Nothing at the exact end of
  /// the file. Errc::truncated where the file ends inside a record, Errc::corrupt where a record fails its check; the
  /// offset stays then.
  Result<std::optional<Record>> next();
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  /// octets_left from offset() to the end of the file as it is now.
  [[nodiscard]] Result<std::uint64_t> octets_left() const;

  /// later_batch looks behind a bad record for one that was written after the entry `index` had been synced: its
  /// presence proves that the bad record is damage, and no append that a crash cut off.
  [[nodiscard]] Result<bool> later_batch(std::uint64_t index) const;

 private:
  explicit SegmentScan(FileHandle file, std::uint64_t offset) : file_(std::move(file)), offset_(offset) {}
  Result<> fill();
  Result<> read_ahead();

  FileHandle file_;
  std::uint64_t offset_;
  Bytes buffer_;
  std::size_t begin_ = 0, end_ = 0;  // the part of buffer_ that holds what follows offset_
  std::vector<Record> ahead_;        // good records of buffer_; those before ahead_at_ were given
  std::size_t ahead_at_ = 0;
};

}  // namespace kw::store
