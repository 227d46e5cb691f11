#include "store/ledger/ledger_archive.h"

#include "store/ledger/derived_files.h"
#include "store/ledger/segment_scan.h"

namespace kw::store {
namespace {

constexpr std::size_t kDigestPiece = 1U << 20;

}  // namespace

Result<crypto::Digest> digest_of_file(const std::filesystem::path& path, ByteView head) {
  KW_TRY(const auto file, open_for_reading(path));
  crypto::Sm3 hash;
  hash.update(head);
  Bytes piece(kDigestPiece);
  for (std::uint64_t at = 0;;) {
    KW_TRY(const auto n, read_at(file, piece, at));
    hash.update(ByteView(piece).first(n));
    at += n;
    if (n < piece.size()) return hash.finish();
  }
}

LedgerArchive::LedgerArchive(const std::filesystem::path& dir, FileOps& ops, const Clock& clock,
                             crypto::Sm2PublicKey key)
    : layout_{dir}, ops_(ops), clock_(clock), key_(std::move(key)) {}

// What is signed is what was read again, entry by entry, and not what the tiles say alone.
Result<ledger::SegmentSeal> LedgerArchive::recompute(const SegmentFile& segment, std::uint64_t end,
                                                     const Received& received) {
  const auto path = layout_.segment(segment.number);
  const auto name = path.filename().string();
  ledger::SegmentSeal out;
  out.number = segment.number;
  out.first = segment.header->first;
  out.end = end;
  out.octets = segment.octets;
  FileTiles tiles(layout_);
  KW_TRY(auto frontier, ledger::Frontier::restore(out.first, tiles));
  KW_TRY(auto scan, SegmentScan::open(path));
  std::vector<ledger::Hash> row;
  for (std::uint64_t index = out.first;; ++index) {
    KW_TRY(const auto record, scan.next());
    if (!record || row.size() == ledger::kTileWidth) {
      frontier.append(row);
      row.clear();
    }
    if (!record) break;
    if (record->index != index) return fail(Errc::corrupt, name);
    row.push_back(record->leaf);
    KW_TRY(const auto when, received(record->entry));
    out.newest = std::max(out.newest, when, [](auto a, auto b) { return a.unix_ns < b.unix_ns; });
  }
  out.root = frontier.root();
  KW_TRY(const auto stored, ledger::root_at(end, tiles));
  if (frontier.size() != end || stored != out.root) return fail(Errc::corrupt, name + " does not lead to the tree");
  KW_TRY(out.digest, digest_of_file(path));
  return out;
}

Result<std::optional<ledger::SegmentSeal>> LedgerArchive::seal_next(const ledger::Checkpoint& head,
                                                                    const Received& received,
                                                                    const crypto::Sm2PrivateKey& key) {
  const std::lock_guard lock(mutex_);
  std::optional<ledger::SegmentSeal> none;
  KW_TRY(const auto segments, list_segments(layout_));
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    auto known = read_archive_record(layout_, segments[i].number, key_);
    if (known) continue;
    if (known.code() != Errc::not_found) return std::move(known).error();
    const auto& next = segments[i + 1];
    if (!segments[i].header || !next.header || next.number != segments[i].number + 1)
      return fail(Errc::corrupt, "segments do not follow each other");
    if (next.header->first > head.size) return none;
    KW_TRY(auto seal, recompute(segments[i], next.header->first, received));
    seal.origin = head.origin;
    seal.time = clock_.now();
    ArchiveRecord record;
    KW_TRY(record.seal_object, ledger::sign_seal(seal, key));
    record.seal = seal;
    KW_CHECK(write_archive_record(layout_, ops_, record));
    return std::optional(std::move(seal));
  }
  return none;
}

Result<std::vector<ArchiveRecord>> LedgerArchive::list() {
  const std::lock_guard lock(mutex_);
  std::vector<ArchiveRecord> out;
  for (std::uint32_t number = 0;; ++number) {
    auto record = read_archive_record(layout_, number, key_);
    if (!record && record.code() == Errc::not_found) return out;
    if (!record) return std::move(record).error();
    out.push_back(std::move(*record));
  }
}

Result<SegmentBundle> LedgerArchive::exported(std::uint32_t number, const ledger::v1::Signed& head) {
  const std::lock_guard lock(mutex_);
  KW_TRY(auto record, read_archive_record(layout_, number, key_));
  if (record.is_removed()) return fail(Errc::wrong_state, "the segment has left this machine");
  SegmentBundle out;
  out.seal = record.seal;
  out.file = layout_.segment(number);
  const bool first = !record.bundle;
  if (first) {
    KW_TRY(const auto checkpoint, ledger::open_checkpoint(head, *key_));
    FileTiles tiles(layout_);
    ledger::BundleHead made{record.seal_object, {}, head, {}};
    KW_TRY(const auto before, ledger::Frontier::restore(record.seal.first, tiles));
    made.edge = before.edge();
    KW_TRY(made.proof, ledger::consistency_proof(record.seal.end, checkpoint.size, tiles));
    record.bundle = std::move(made);
    record.exported = clock_.now();
  }
  out.head = ledger::build_bundle_head(*record.bundle);
  KW_TRY(const auto file, digest_of_file(out.file));
  if (file != record.seal.digest)
    return fail(Errc::corrupt, "segment " + std::to_string(number) + " is not the sealed one");
  KW_TRY(out.digest, digest_of_file(out.file, out.head));
  out.octets = out.head.size() + record.seal.octets;
  if (!first) return out;
  record.bundle_digest = out.digest;
  KW_CHECK(write_archive_record(layout_, ops_, record));
  return out;
}

Result<ledger::SegmentSeal> LedgerArchive::confirm(std::uint32_t number, ByteView digest, const std::string& account,
                                                   const std::string& place) {
  const std::lock_guard lock(mutex_);
  KW_TRY(auto record, read_archive_record(layout_, number, key_));
  if (!record.bundle) return fail(Errc::wrong_state, "the segment was not exported yet");
  if (!equal(record.bundle_digest, digest)) return fail(Errc::conflict, "another digest than the exported bundle's");
  if (record.is_confirmed()) return record.seal;
  record.confirmed = clock_.now();
  record.confirmed_by = account;
  record.place = place;
  KW_CHECK(write_archive_record(layout_, ops_, record));
  return record.seal;
}

// The record says "removed" before the file goes: a crash between leaves a file that nobody misses.
Result<std::optional<ledger::SegmentSeal>> LedgerArchive::remove_next(
    Timestamp before, const crypto::Sm2PrivateKey& key,
    const std::function<Result<>(const ledger::SegmentSeal&)>& announce) {
  const std::lock_guard lock(mutex_);
  std::optional<ledger::SegmentSeal> none;
  KW_TRY(const auto segments, list_segments(layout_));
  if (segments.size() < 2) return none;  // the last one is being written
  const auto number = segments.front().number;
  auto record = read_archive_record(layout_, number, key_);
  if (!record && record.code() == Errc::not_found) return none;
  if (!record) return std::move(record).error();
  if (!record->is_confirmed() || record->seal.newest.unix_ns >= before.unix_ns) return none;
  if (!record->is_removed()) {
    KW_TRY(const auto file, digest_of_file(layout_.segment(number)));
    if (file != record->seal.digest)
      return fail(Errc::corrupt, "segment " + std::to_string(number) + " is not the sealed one");
    KW_CHECK(announce(record->seal));
    record->removed = clock_.now();
    const auto& seal = record->seal;
    record->removal = ledger::SegmentRemoval{
        seal.origin,           seal.number,          seal.first,    seal.end,          seal.digest,
        record->bundle_digest, record->confirmed_by, record->place, record->confirmed, record->removed};
    KW_TRY(record->removal_object, ledger::sign_removal(*record->removal, key));
    KW_CHECK(write_archive_record(layout_, ops_, *record));
  }
  KW_CHECK(ops_.remove(layout_.segment(number)));
  KW_CHECK(ops_.sync_directory(layout_.entries()));
  return std::optional(std::move(record->seal));
}

}  // namespace kw::store
