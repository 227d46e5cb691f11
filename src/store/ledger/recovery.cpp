#include "store/ledger/recovery.h"

#include "ledger/proof.h"
#include "schema/codec.h"
#include "store/ledger/archive_record.h"
#include "store/ledger/derived_files.h"
#include "store/ledger/segment_scan.h"

namespace kw::store {
namespace {

constexpr std::size_t kRebuiltTogether = 4096;  // entries

class Recovery {
 public:
  Recovery(const LedgerLayout& layout, const LedgerOptions& options, FileOps& ops)
      : layout_(layout), options_(options), ops_(ops) {}

  Result<Recovered> run() {
    KW_CHECK(read_checkpoint());
    KW_CHECK(remove_leftovers());
    KW_TRY(segments_, list_segments(layout_));
    KW_CHECK(check_segments());
    if (segments_.empty()) {
      if (checkpoint_.size > 0) return fail(Errc::corrupt, "the checkpoint counts entries, and there are none");
      KW_CHECK(create_segment(layout_, ops_, {0, 0}));
      segments_.push_back({0, kSegmentHeader, SegmentHeader{0, 0}});
    }
    KW_TRY(auto led, replay(segments_.size() - 1));
    if (!led && segments_.size() > 1) {
      KW_TRY(led, replay(0));
    }
    if (!led && archived_)
      return fail(Errc::corrupt,
                  "entries and the tiles of archived ones do not lead to the root of the last checkpoint");
    if (!led) return fail(Errc::corrupt, "the entries do not lead to the root of the last checkpoint");
    return mend();
  }

 private:
  Result<> read_checkpoint() {
    auto stored = read_checkpoint_file(layout_);
    if (!stored && stored.code() == Errc::not_found) return {};
    if (!stored) return std::move(stored).error();
    auto checkpoint = options_.key ? ledger::open_checkpoint(*stored, *options_.key)
                                   : ledger::parse_checkpoint(bytes_of(stored->payload()));
    if (!checkpoint) {
      const auto& error = checkpoint.error();
      return error.code() == Errc::bad_signature ? error.within("checkpoint") : Error(Errc::corrupt, "checkpoint");
    }
    if (checkpoint->origin != options_.origin) return fail(Errc::conflict, "the ledger belongs to another origin");
    checkpoint_ = std::move(*checkpoint);
    return {};
  }

  /// Files that a crash left under a temporary name never held anything acknowledged.
  Result<> remove_leftovers() {
    for (const auto& dir : {layout_.dir, layout_.entries()}) {
      std::error_code error;
      std::vector<std::filesystem::path> leftovers;
      std::filesystem::directory_iterator at(dir, error);
      for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
        if (at->path().extension() == ".tmp") leftovers.push_back(at->path());
      if (error) return fail(Errc::io, dir.filename().string() + ": " + error.message());
      for (const auto& path : leftovers) KW_CHECK(ops_.remove(path));
    }
    return {};
  }

  /// The segments here follow each other, and sealed ones that were removed stand before them.
  [[nodiscard]] Result<> check_segments() {
    if (segments_.empty()) return {};
    const std::uint32_t base = segments_.front().number;
    KW_TRY(const auto archived, read_archived(layout_, base, options_.key));
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const auto number = base + static_cast<std::uint32_t>(i);
      const auto name = layout_.segment(number).filename().string();
      if (segments_[i].number != number) return fail(Errc::corrupt, name + " is missing");
      if (!segments_[i].header) return fail(Errc::corrupt, name + " has no good header");
    }
    if (archived.empty()) return {};
    archived_ = archived.back().seal;
    if (archived_->end == segments_.front().header->first) return {};
    return fail(Errc::corrupt, "the first segment does not follow the archived ones");
  }

  /// The tiles hold what was sealed. They cannot be made again from what is here.
  [[nodiscard]] Result<bool> archived_leads(FileTiles& tiles) const {
    if (!archived_) return true;
    auto root = ledger::root_at(archived_->end, tiles);
    if (!root && root.code() != Errc::not_found) return std::move(root).error();
    return root && *root == archived_->root;
  }

  [[nodiscard]] bool leads(const ledger::Hash& root) const { return root == checkpoint_.root; }

  /// Replays the segments from number `from` on. False where they do not lead to the checkpoint, or where the derived
  /// files do not reach up to them.
  Result<bool> replay(std::size_t from) {
    from_ = from;
    const std::uint64_t base = segments_[from].header->first;
    KW_TRY(auto reach, derived_reach(layout_, base));
    if (!reach) return false;
    FileTiles tiles(layout_);
    auto frontier = ledger::Frontier::restore(base, tiles);
    if (!frontier && frontier.code() == Errc::not_found) return false;
    if (!frontier) return std::move(frontier).error();
    frontier_ = std::move(*frontier);
    KW_TRY(const auto sealed_leads, archived_leads(tiles));
    if (!sealed_leads) return false;
    bool led = checkpoint_.size == 0;
    if (!led && checkpoint_.size <= base) {
      auto root = ledger::root_at(checkpoint_.size, tiles);
      if (!root && root.code() != Errc::not_found) return std::move(root).error();
      led = root && leads(*root);
    }
    DerivedCheck check(layout_, base);
    std::vector<ledger::Hash> row;
    std::vector<ledger::TileHash> completed;
    const auto grow = [&]() -> Result<> {
      if (row.empty()) return {};
      completed.clear();
      frontier_.append(row, completed);
      row.clear();
      for (const auto& hash : completed) KW_CHECK(check.add(hash));
      if (frontier_.size() == checkpoint_.size) led = leads(frontier_.root());
      return {};
    };
    const auto walked = walk([&](EntryPlace place, const Record& record) -> Result<> {
      row.push_back(record.leaf);
      KW_CHECK(check.add(place));
      const bool sealed = frontier_.size() + row.size() == checkpoint_.size;
      return sealed || row.size() == ledger::kTileWidth ? grow() : Result<>();
    });
    if (!walked) return walked.error();
    KW_CHECK(grow());
    KW_CHECK(check.finish());
    wrong_hashes_ = check.wrong_hashes();
    wrong_ = wrong_hashes_ + check.wrong_places() > 0;
    return led;
  }

  /// Visits the records of the segments from number from_ on, and finds where the good ones end.
  template <class Visit>
  Result<> walk(Visit visit) {
    std::uint64_t expected = segments_[from_].header->first;
    for (std::size_t i = from_; i < segments_.size(); ++i) {
      const bool last = i + 1 == segments_.size();
      const auto number = segments_[i].number;
      if (segments_[i].header->first != expected) return missing(expected);
      KW_TRY(auto scan, SegmentScan::open(layout_.segment(number)));
      std::uint64_t batch = expected;
      for (;;) {
        const std::uint64_t at = scan.offset();
        end_ = at;
        auto record = scan.next();
        const bool torn = !record ? record.code() == Errc::truncated || record.code() == Errc::corrupt
                                  : *record && !follows(**record, expected, batch);
        if (torn && last) return torn_tail(scan, at, expected);
        if (torn) return missing(expected);
        if (!record) return std::move(record).error();
        if (!*record) break;
        batch = (*record)->batch_first;
        KW_CHECK(visit(EntryPlace{number, static_cast<std::uint32_t>(at)}, **record));
        ++expected;
      }
    }
    if (expected < checkpoint_.size) return missing(expected);
    return {};
  }

  static bool follows(const Record& record, std::uint64_t expected, std::uint64_t batch) {
    return record.index == expected && (record.batch_first == expected || record.batch_first == batch);
  }
  static tl::unexpected<Error> missing(std::uint64_t index) {
    return fail(Errc::corrupt, "entry " + std::to_string(index) + " is damaged or missing");
  }

  /// The record at `at` is not good. That is a crash's work only where nothing tells of a sync after it.
  Result<> torn_tail(const SegmentScan& scan, std::uint64_t at, std::uint64_t index) {
    if (index < checkpoint_.size) return missing(index);
    // next() has moved on where the record was whole and only did not follow: look from its start again.
    KW_TRY(auto again, SegmentScan::open(layout_.segment(segments_.back().number), at));
    KW_TRY(auto later, again.later_batch(index));
    if (later) return missing(index);
    KW_TRY(const auto left, scan.octets_left());
    dropped_ = left + (scan.offset() - at);
    return {};
  }

  /// Everything is decided; from here on files are changed.
  Result<Recovered> mend() {
    Recovered out;
    out.segment = segments_.back().number;
    out.segment_end = end_;
    KW_TRY(auto last, ops_.open_for_writing(layout_.segment(out.segment)));
    if (dropped_ > 0) KW_CHECK(ops_.truncate(last, end_));
    // Entries of a writer that was killed may stand in the page cache only; they count from now on.
    KW_CHECK(ops_.sync_data(last));
    if (wrong_) KW_CHECK(rebuild());
    out.report = {frontier_.size(), dropped_, wrong_hashes_, checkpoint_.size};
    out.frontier = std::move(frontier_);
    return out;
  }

  Result<> rebuild() {
    const std::uint64_t base = segments_[from_].header->first;
    FileTiles tiles(layout_);
    KW_TRY(auto frontier, ledger::Frontier::restore(base, tiles));
    KW_TRY(auto derived, DerivedWriter::open(layout_, ops_, base));
    std::vector<ledger::Hash> row;
    const auto grow = [&]() -> Result<> {
      std::vector<ledger::TileHash> completed;
      frontier.append(row, completed);
      row.clear();
      for (const auto& hash : completed) derived.add(hash);
      return derived.flush();
    };
    const auto walked = walk([&](EntryPlace place, const Record& record) -> Result<> {
      row.push_back(record.leaf);
      derived.add(place);
      return row.size() == kRebuiltTogether ? grow() : Result<>();
    });
    if (!walked) return walked.error();
    return grow();
  }

  const LedgerLayout& layout_;
  const LedgerOptions& options_;
  FileOps& ops_;
  ledger::Checkpoint checkpoint_;
  std::vector<SegmentFile> segments_;
  std::optional<ledger::SegmentSeal> archived_;  // of the last segment that was removed
  std::size_t from_ = 0;
  ledger::Frontier frontier_;
  std::uint64_t end_ = kSegmentHeader, dropped_ = 0, wrong_hashes_ = 0;
  bool wrong_ = false;
};

}  // namespace

Result<Recovered> recover(const LedgerLayout& layout, const LedgerOptions& options, FileOps& ops) {
  return Recovery(layout, options, ops).run();
}

Result<> create_segment(const LedgerLayout& layout, FileOps& ops, const SegmentHeader& header) {
  return replace_file(ops, layout.segment(header.number), build_segment_header(header));
}

Result<ledger::v1::Signed> read_checkpoint_file(const LedgerLayout& layout) {
  auto octets = read_small_file(layout.checkpoint(), ledger::kMaxSignedCheckpoint);
  if (!octets && octets.code() == Errc::too_large) return fail(Errc::corrupt, "checkpoint is too large");
  if (!octets) return std::move(octets).error();
  auto object = schema::parse<ledger::v1::Signed>(*octets, ledger::kMaxSignedCheckpoint);
  if (!object) return fail(Errc::corrupt, "checkpoint does not parse");
  return object;
}

}  // namespace kw::store
