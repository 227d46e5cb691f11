#include "store/ledger/verify_ledger.h"

#include "ledger/frontier.h"
#include "schema/codec.h"
#include "store/ledger/archive_record.h"
#include "store/ledger/derived_files.h"
#include "store/ledger/segment_scan.h"

namespace kw::store {
namespace {

std::string entry_text(std::uint64_t index) { return "entry " + std::to_string(index); }

/// The stored leaf hashes, read in order; nothing where the store ends.
class StoredLeaves {
 public:
  explicit StoredLeaves(FileTiles& tiles) : tiles_(tiles) {}
  Result<std::optional<ledger::Hash>> at(std::uint64_t index) {
    const std::uint64_t tile = index / ledger::kTileWidth;
    const auto place = static_cast<std::size_t>(index % ledger::kTileWidth);
    if (tile != tile_) KW_CHECK(load(tile));
    if (place >= hashes_.size()) return std::optional<ledger::Hash>();
    return std::optional(hashes_[place]);
  }

 private:
  Result<> load(std::uint64_t tile) {
    tile_ = tile;
    hashes_.clear();
    auto whole = tiles_.read({0, tile, ledger::kTileWidth});
    if (whole) {
      hashes_ = std::move(*whole);
      return {};
    }
    if (whole.code() != Errc::not_found) return std::move(whole).error();
    // The last tile is partial: find its width by halving.
    unsigned low = 0, high = ledger::kTileWidth;
    while (high - low > 1) {
      const unsigned middle = (low + high) / 2;
      auto part = tiles_.read({0, tile, middle});
      if (!part && part.code() != Errc::not_found) return std::move(part).error();
      if (part) hashes_ = std::move(*part);
      (part ? low : high) = middle;
    }
    return {};
  }
  FileTiles& tiles_;
  std::uint64_t tile_ = ~std::uint64_t{0};
  std::vector<ledger::Hash> hashes_;
};

struct Finding {
  LedgerFault fault = LedgerFault::none;
  std::uint64_t index = 0;
  std::string detail;
};

class Verification {
 public:
  Verification(const std::filesystem::path& dir, const crypto::Sm2PublicKey& trusted)
      : layout_{dir}, trusted_(trusted), tiles_(layout_), leaves_(tiles_) {}

  Result<VerifyReport> run() {
    KW_TRY(segments_, list_segments(layout_));
    KW_TRY(auto sealed, open_seal());
    if (!sealed) return report_;
    KW_CHECK(open_archive());
    derived_.emplace(layout_, 0, archived_);
    KW_CHECK(hash_tiles());
    KW_CHECK(walk());
    report_.entries = read_ - archived_;
    report_.archived_entries = archived_;
    report_.unsealed_entries = read_ > seal_.size ? read_ - seal_.size : 0;
    judge();
    return report_;
  }

 private:
  void conclude(LedgerFault fault, std::optional<std::uint64_t> index, std::string detail) {
    report_.fault = fault;
    report_.index = index;
    report_.detail = std::move(detail);
  }

  Result<bool> open_seal() {
    auto octets = read_small_file(layout_.checkpoint(), ledger::kMaxSignedCheckpoint);
    if (!octets && octets.code() == Errc::not_found) {
      conclude(LedgerFault::checkpoint_missing, std::nullopt, "there is no checkpoint");
      return false;
    }
    if (!octets && octets.code() != Errc::too_large) return std::move(octets).error();
    Result<ledger::Checkpoint> seal = fail(Errc::malformed, "not a signed object");
    if (octets) {
      if (auto object = schema::parse<ledger::v1::Signed>(*octets, octets->size()))
        seal = ledger::open_checkpoint(*object, trusted_);
    }
    if (seal) {
      seal_ = *seal;
      report_.checkpoint = std::move(*seal);
      return true;
    }
    conclude(seal.code() == Errc::bad_signature ? LedgerFault::bad_signature : LedgerFault::checkpoint_altered,
             std::nullopt, "checkpoint: " + seal.error().text());
    return false;
  }

  /// Segments that are not here any more count by their seals.
  Result<> open_archive() {
    const auto base = segments_.empty() ? 0 : segments_.front().number;
    const auto doubt = [this](std::uint64_t index, std::string detail) {
      archive_fault_ = Finding{LedgerFault::archive_altered, index, std::move(detail)};
    };
    // Without any record nothing was archived, and what is not here is missing.
    if (const auto any = read_archive_record(layout_, 0, std::nullopt); !any && any.code() == Errc::not_found)
      return {};
    auto records = read_archived(layout_, base, trusted_);
    if (!records && (records.code() == Errc::corrupt || records.code() == Errc::bad_signature ||
                     records.code() == Errc::too_large)) {
      doubt(0, records.error().text());
      return {};
    }
    if (!records) return std::move(records).error();
    for (auto& record : *records) {
      if (record.seal.origin != seal_.origin || record.seal.end > seal_.size)
        doubt(record.seal.first, "a seal of another ledger, or of more than the checkpoint counts");
      archived_ = record.seal.end;
      seals_.push_back(std::move(record.seal));
    }
    read_ = archived_;
    return {};
  }

  /// Leaves of archived entries take the place of the entries themselves.
  Result<> take_archived(const ledger::Frontier& leaves) {
    if (next_seal_ == seals_.size() || leaves.size() != seals_[next_seal_].end) return {};
    const auto& seal = seals_[next_seal_++];
    if (!archive_fault_ && leaves.root() != seal.root)
      archive_fault_ = Finding{LedgerFault::archive_altered, seal.first,
                               "stored hashes do not lead to the seal of segment " + std::to_string(seal.number)};
    if (leaves.size() == archived_) entries_ = leaves;
    return {};
  }

  /// Whether the stored leaf hashes alone lead to the signed root: then they are the ones that were signed.
  Result<> hash_tiles() {
    ledger::Frontier frontier;
    std::vector<ledger::Hash> row;
    std::vector<ledger::TileHash> completed;
    for (bool more = true; more;) {
      row.clear();
      const auto stop = next_seal_ < seals_.size() ? seals_[next_seal_].end : seal_.size;
      const auto end = std::min({frontier.size() + ledger::kTileWidth, stop, seal_.size});
      while (frontier.size() + row.size() < end) {
        KW_TRY(auto leaf, leaves_.at(frontier.size() + row.size()));
        if (!leaf) break;
        row.push_back(*leaf);
      }
      more = !row.empty() && frontier.size() + row.size() == end && end < seal_.size;
      completed.clear();
      const bool archived = frontier.size() < archived_;
      frontier.append(row, completed);
      if (archived)
        for (const auto& hash : completed) KW_CHECK(derived_->add(hash));
      KW_CHECK(take_archived(frontier));
    }
    if (!archive_fault_ && next_seal_ < seals_.size())
      archive_fault_ = Finding{LedgerFault::archive_altered, seals_[next_seal_].first,
                               "stored hashes of archived entries are missing"};
    tiles_lead_ = frontier.size() == seal_.size && frontier.root() == seal_.root;
    return {};
  }

  /// Reads every record in order, until one is not in its place.
  Result<> walk() {
    entries_lead_ = seal_.size == 0;
    for (std::size_t i = 0; i < segments_.size() && !broken_; ++i) {
      const auto& segment = segments_[i];
      const auto name = layout_.segment(segment.number).filename().string();
      const std::uint64_t next = read_;
      if (segment.number != segments_.front().number + i || (segment.header && segment.header->first > next))
        stop(LedgerFault::entry_missing, "a segment before " + name + " is missing or short");
      else if (!segment.header || segment.header->first != next)
        stop(LedgerFault::entry_altered, "the header of " + name + " is altered");
      else
        KW_CHECK(walk_segment(segment, i + 1 == segments_.size()));
    }
    if (!broken_ && read_ < seal_.size)
      stop(LedgerFault::shrank, "the checkpoint counts " + std::to_string(seal_.size) + " entries");
    return {};
  }

  Result<> walk_segment(const SegmentFile& segment, bool last) {
    KW_TRY(auto scan, SegmentScan::open(layout_.segment(segment.number)));
    for (;;) {
      const EntryPlace place{segment.number, static_cast<std::uint32_t>(scan.offset())};
      auto record = scan.next();
      if (!record && record.code() != Errc::truncated && record.code() != Errc::corrupt)
        return std::move(record).error();
      if (!record) return bad_record(scan, record.code() == Errc::truncated, last);
      if (!*record) return {};
      const std::uint64_t next = read_;
      if ((*record)->index != next) {
        const bool later = (*record)->index > next;
        stop(later ? LedgerFault::entry_missing : LedgerFault::entry_altered,
             entry_text((*record)->index) + " stands in its place");
        return {};
      }
      KW_CHECK(take(place, **record));
    }
  }

  Result<> bad_record(const SegmentScan& scan, bool truncated, bool last) {
    const std::uint64_t next = read_;
    KW_TRY(const auto left, scan.octets_left());
    if (last && next >= seal_.size) {
      KW_TRY(auto later, scan.later_batch(next));
      if (!later) {
        report_.torn_octets = left;
        return {};
      }
    }
    if (last && truncated && next < seal_.size)
      stop(LedgerFault::shrank, "the last segment ends inside it");
    else
      stop(LedgerFault::entry_altered, "its record fails its check");
    return {};
  }

  Result<> take(EntryPlace place, const Record& record) {
    const std::uint64_t index = read_++;
    KW_TRY(auto stored, leaves_.at(index));
    if (index >= seal_.size) {  // derived files may be behind here
      if (stored && *stored != record.leaf && *stored != ledger::Hash{} && !unsealed_differs_)
        unsealed_differs_ = index;
      return {};
    }
    if (!differs_ && (!stored || *stored != record.leaf)) {
      KW_TRY(auto following, leaves_.at(index + 1));
      differs_ = index;
      moved_up_ = following && *following == record.leaf;
    }
    KW_CHECK(derived_->add(place));
    row_.push_back(record.leaf);
    return row_.size() == ledger::kTileWidth || read_ == seal_.size ? grow() : Result<>();
  }

  /// Hashes the sealed leaves read since the last time up to the frontier, together.
  Result<> grow() {
    completed_.clear();
    entries_.append(row_, completed_);
    row_.clear();
    for (const auto& hash : completed_) KW_CHECK(derived_->add(hash));
    if (entries_.size() == seal_.size) entries_lead_ = entries_.root() == seal_.root;
    return {};
  }

  void stop(LedgerFault fault, std::string detail) { broken_ = Finding{fault, read_, std::move(detail)}; }

  void judge() {
    if (archive_fault_) return conclude(archive_fault_->fault, archive_fault_->index, archive_fault_->detail);
    if (entries_lead_) return judge_what_stands_on_good_entries();
    // The first entry that is not its stored hash comes before whatever made the walk stop.
    if (differs_) {
      const std::string witness = tiles_lead_ ? "its stored hash is the signed one"
                                              : "its stored hash differs, and is not the signed one either";
      return conclude(moved_up_ ? LedgerFault::entry_missing : LedgerFault::entry_altered, differs_, witness);
    }
    if (broken_) return conclude(broken_->fault, broken_->index, broken_->detail);
    std::optional<std::uint64_t> first;
    if (const auto& wrong = derived_->first_wrong_hash()) first = wrong->entry;
    conclude(LedgerFault::rewritten, first, "entries and leaf hashes agree, and do not lead to the signed root");
  }

  void judge_what_stands_on_good_entries() {
    if (const auto& wrong = derived_->first_wrong_hash())
      return conclude(LedgerFault::tile_altered, wrong->entry,
                      "tile/" + std::to_string(wrong->level) + ", hash " + std::to_string(wrong->number));
    if (derived_->first_wrong_place())
      return conclude(LedgerFault::index_altered, derived_->first_wrong_place(), "entries/index");
    if (unsealed_differs_)
      return conclude(LedgerFault::tile_altered, unsealed_differs_,
                      "not sealed yet: the entry and its stored hash differ");
    if (broken_) conclude(broken_->fault, broken_->index, "not sealed yet: " + broken_->detail);
  }

  const LedgerLayout layout_;
  const crypto::Sm2PublicKey& trusted_;
  FileTiles tiles_;
  StoredLeaves leaves_;
  std::optional<DerivedCheck> derived_;
  VerifyReport report_;
  ledger::Checkpoint seal_;
  std::vector<SegmentFile> segments_;
  std::vector<ledger::SegmentSeal> seals_;  // of the segments that are not here
  std::size_t next_seal_ = 0;
  std::uint64_t archived_ = 0;  // entries of them
  std::optional<Finding> archive_fault_;
  std::uint64_t read_ = 0;    // entries, archived ones among them
  ledger::Frontier entries_;  // the sealed ones of them
  std::vector<ledger::Hash> row_;
  std::vector<ledger::TileHash> completed_;
  bool tiles_lead_ = false, entries_lead_ = false, moved_up_ = false;
  std::optional<std::uint64_t> differs_, unsealed_differs_;
  std::optional<Finding> broken_;
};

}  // namespace

std::string_view name(LedgerFault fault) noexcept {
  switch (fault) {
    case LedgerFault::none:
      return "none";
    case LedgerFault::checkpoint_missing:
      return "checkpoint_missing";
    case LedgerFault::checkpoint_altered:
      return "checkpoint_altered";
    case LedgerFault::bad_signature:
      return "bad_signature";
    case LedgerFault::shrank:
      return "shrank";
    case LedgerFault::entry_missing:
      return "entry_missing";
    case LedgerFault::entry_altered:
      return "entry_altered";
    case LedgerFault::tile_altered:
      return "tile_altered";
    case LedgerFault::index_altered:
      return "index_altered";
    case LedgerFault::rewritten:
      return "rewritten";
    case LedgerFault::archive_altered:
      return "archive_altered";
  }
  return "unknown";
}

Result<VerifyReport> verify_ledger(const std::filesystem::path& dir, const crypto::Sm2PublicKey& trusted) {
  return Verification(dir, trusted).run();
}

}  // namespace kw::store
