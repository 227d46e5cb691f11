#pragma once
// ArchiveRecord is what a ledger directory remembers of a closed segment: its seal, whether it was exported, whether
// somebody confirmed that the bundle is kept elsewhere, and whether its file was removed here.
//
// One small file a segment, archive/00000012, replaced whole. It is the only trace of a removed segment beside its
// tiles.
#include <optional>

#include "ledger/bundle.h"
#include "ledger/segment_removal.h"
#include "store/ledger/file_ops.h"
#include "store/ledger/layout.h"

namespace kw::store {

inline constexpr std::size_t kMaxArchiveRecord = 32768;

struct ArchiveRecord {
  ledger::v1::Signed seal_object;
  ledger::SegmentSeal seal;                  // its signature is good where a key was given
  std::optional<ledger::BundleHead> bundle;  // as first exported
  crypto::Digest bundle_digest{};            // of head and file
  Timestamp exported, confirmed, removed;    // 0: not yet
  std::string confirmed_by, place;           // account; where the bundle is kept
  std::optional<ledger::v1::Signed> removal_object;
  std::optional<ledger::SegmentRemoval> removal;  // as the seal: good where a key was given, and about what it sealed
  [[nodiscard]] bool is_confirmed() const noexcept { return confirmed.unix_ns != 0; }
  [[nodiscard]] bool is_removed() const noexcept { return removed.unix_ns != 0; }
};

/// read_archive_record: Errc::not_found; Errc::corrupt for what does not parse, is of another segment, or says that
/// the file was removed without a statement that says so; Errc::bad_signature unless `key` signed seal and removal,
/// where one is given.
Result<ArchiveRecord> read_archive_record(const LedgerLayout& layout, std::uint32_t number,
                                          const std::optional<crypto::Sm2PublicKey>& key);
Result<> write_archive_record(const LedgerLayout& layout, FileOps& ops, const ArchiveRecord& record);

/// read_archived gives the records of the segments before number `from`, whose files are not here: they must follow
/// each other from entry 0 on. Errors as of read_archive_record, Errc::corrupt for one that is missing or does not
/// follow.
Result<std::vector<ArchiveRecord>> read_archived(const LedgerLayout& layout, std::uint32_t from,
                                                 const std::optional<crypto::Sm2PublicKey>& key);

}  // namespace kw::store
