#include "store/ledger/ledger_reader.h"

#include <mutex>

#include "store/ledger/archive_record.h"
#include "store/ledger/derived_files.h"
#include "store/ledger/recovery.h"
#include "store/ledger/segment_scan.h"

namespace kw::store {
namespace {

constexpr std::size_t kFirstRead = 4096;   // holds most entries whole
constexpr std::size_t kOpenSegments = 32;  // descriptors kept

}  // namespace

class LedgerReader::Impl {
 public:
  Impl(LedgerLayout where, FileHandle index) : layout(std::move(where)), tiles(layout), index_(std::move(index)) {}

  Result<std::uint64_t> size() {
    KW_TRY(auto octets, file_size(index_));
    return octets / kPlace;
  }

  Result<EntryPlace> place(std::uint64_t index) {
    if (index > ledger::kMaxSize) return fail(Errc::not_found, "entry past the end of the ledger");
    std::array<Byte, kPlace> octets{};
    KW_TRY(auto n, read_at(index_, octets, index * kPlace));
    if (n != kPlace) return fail(Errc::not_found, "entry past the end of the ledger");
    return place_of(octets);
  }

  Result<Bytes> entry(std::uint64_t index) {
    KW_TRY(auto where, place(index));
    KW_TRY(auto file, segment(where.segment));
    Bytes octets(kFirstRead);
    KW_TRY(auto n, read_at(*file, octets, where.offset));
    auto record = parse_record(ByteView(octets).first(n));
    if (!record && record.code() == Errc::truncated && n == kFirstRead) {
      octets.resize(kRecordHeader + ledger::kMaxEntry);
      KW_TRY(n, read_at(*file, octets, where.offset));
      record = parse_record(ByteView(octets).first(n));
    }
    if (!record || record->index != index) return fail(Errc::corrupt, "entry " + std::to_string(index));
    return copy(record->entry);
  }

  Result<> for_each_from(std::uint64_t index, const std::function<Result<>(std::uint64_t, ByteView)>& fn) {
    KW_TRY(const auto end, size());
    while (index < end) {
      KW_TRY(auto where, place(index));
      auto opened = SegmentScan::open(layout.segment(where.segment), where.offset);
      if (!opened) return missing_or(where.segment, std::move(opened).error());
      auto scan = std::move(*opened);
      const std::uint64_t before = index;
      while (index < end) {
        auto record = scan.next();
        if (!record && record.code() == Errc::io) return std::move(record).error();
        if (record && !*record) break;  // the segment ends: the table of offsets leads to the next one
        if (!record || (*record)->index != index) return fail(Errc::corrupt, "entry " + std::to_string(index));
        KW_CHECK(fn(index, (*record)->entry));
        ++index;
      }
      if (index == before) return fail(Errc::corrupt, "entry " + std::to_string(index));
    }
    return {};
  }

  const LedgerLayout layout;
  FileTiles tiles;

 private:
  [[nodiscard]] Error missing_or(std::uint32_t number, Error error) const {
    if (error.code() != Errc::not_found) return error;
    const auto name = "segment " + std::to_string(number);
    const auto record = read_archive_record(layout, number, std::nullopt);
    if (record && record->is_removed()) return Error(Errc::wrong_state, name + " is archived");
    return Error(Errc::corrupt, name + " is missing");
  }

  Result<std::shared_ptr<FileHandle>> segment(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    if (const auto found = segments_.find(number); found != segments_.end()) return found->second;
    auto file = open_for_reading(layout.segment(number));
    if (!file) return missing_or(number, std::move(file).error());
    if (segments_.size() >= kOpenSegments) segments_.erase(segments_.begin());
    return segments_.emplace(number, std::make_shared<FileHandle>(std::move(*file))).first->second;
  }

  const FileHandle index_;
  std::mutex mutex_;
  std::map<std::uint32_t, std::shared_ptr<FileHandle>> segments_;
};

LedgerReader::LedgerReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LedgerReader::~LedgerReader() = default;

Result<std::unique_ptr<LedgerReader>> LedgerReader::open(const std::filesystem::path& dir) {
  LedgerLayout layout{dir};
  KW_TRY(auto index, open_for_reading(layout.index()));
  return std::unique_ptr<LedgerReader>(new LedgerReader(std::make_unique<Impl>(std::move(layout), std::move(index))));
}

Result<std::uint64_t> LedgerReader::size() { return impl_->size(); }
Result<ledger::v1::Signed> LedgerReader::checkpoint() { return read_checkpoint_file(impl_->layout); }
Result<Bytes> LedgerReader::entry(std::uint64_t index) { return impl_->entry(index); }
Result<> LedgerReader::for_each_from(std::uint64_t index,
                                     const std::function<Result<>(std::uint64_t index, ByteView entry)>& fn) {
  return impl_->for_each_from(index, fn);
}
Result<ledger::Hash> LedgerReader::leaf(std::uint64_t index) {
  const auto in_tile = static_cast<unsigned>(index % ledger::kTileWidth);
  KW_TRY(auto hashes, impl_->tiles.read({0, index / ledger::kTileWidth, in_tile + 1}));
  return hashes.back();
}
Result<ledger::Proof> LedgerReader::inclusion(std::uint64_t index, std::uint64_t size) {
  return ledger::inclusion_proof(index, size, impl_->tiles);
}
Result<ledger::Proof> LedgerReader::consistency(std::uint64_t from, std::uint64_t to) {
  return ledger::consistency_proof(from, to, impl_->tiles);
}
Result<ledger::Hash> LedgerReader::root(std::uint64_t size) { return ledger::root_at(size, impl_->tiles); }

}  // namespace kw::store
