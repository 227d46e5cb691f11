#include "store/ledger/derived_files.h"

#include <algorithm>
#include <cstring>

namespace kw::store {
namespace {


}  // namespace

Result<std::vector<ledger::Hash>> FileTiles::read(const ledger::TileId& id) {
  if (id.width == 0 || id.width > ledger::kTileWidth) return fail(Errc::invalid, "tile");
  const FileHandle* file = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto found = levels_.find(id.level);
    if (found == levels_.end()) {
      KW_TRY(auto opened, open_for_reading(layout_.level(id.level)));
      found = levels_.emplace(id.level, std::move(opened)).first;
    }
    file = &found->second;  // stays where it is: nodes of a map do not move, and none is removed
  }
  std::vector<ledger::Hash> out(id.width);
  Bytes octets(out.size() * kHash);
  KW_TRY(auto n, read_at(*file, octets, id.index * ledger::kTileWidth * kHash));
  if (n != octets.size()) return fail(Errc::not_found, ledger::tile_path(id));
  std::memcpy(out.data(), octets.data(), octets.size());
  return out;
}

Result<DerivedWriter::Tail> DerivedWriter::open_tail(const std::filesystem::path& path, std::uint64_t octets) {
  Tail out;
  KW_TRY(out.file, ops_->open_for_writing(path));
  KW_TRY(auto size, file_size(out.file));
  if (size < octets) return fail(Errc::corrupt, path.filename().string() + " is shorter than the ledger");
  if (size > octets) KW_CHECK(ops_->truncate(out.file, octets));
  out.end = octets;
  return out;
}

Result<DerivedWriter> DerivedWriter::open(const LedgerLayout& layout, FileOps& ops, std::uint64_t size) {
  DerivedWriter out(layout, ops);
  KW_TRY(out.index_, out.open_tail(layout.index(), size * kPlace));
  for (unsigned level = 0; level < ledger::kLevels; ++level) {
    const auto count = ledger::level_count(size, level);
    std::error_code error;
    if (count == 0 && !std::filesystem::exists(layout.level(level), error)) break;
    KW_TRY(auto tail, out.open_tail(layout.level(level), count * kHash));
    out.levels_.push_back(std::move(tail));
  }
  out.new_level_ = true;
  return out;
}

void DerivedWriter::add(EntryPlace place) { append(index_.pending, to_octets(place)); }

void DerivedWriter::add(const ledger::TileHash& hash) {
  if (levels_.size() <= hash.level) levels_.resize(hash.level + 1);
  append(levels_[hash.level].pending, hash.hash);
}

Result<> DerivedWriter::flush(Tail& tail) {
  if (tail.pending.empty()) return {};
  KW_CHECK(ops_->write_at(tail.file, tail.pending, tail.end));
  tail.end += tail.pending.size();
  tail.pending.clear();
  return {};
}

// Hashes before places: the table of offsets tells readers how many entries there are.
Result<> DerivedWriter::flush() {
  for (unsigned level = 0; level < levels_.size(); ++level) {
    auto& tail = levels_[level];
    if (!tail.file.is_open()) {
      KW_TRY(tail.file, ops_->open_for_writing(layout_.level(level)));
      new_level_ = true;
    }
    KW_CHECK(flush(tail));
  }
  return flush(index_);
}

Result<> DerivedWriter::sync() {
  for (const auto& tail : levels_) KW_CHECK(ops_->sync_data(tail.file));
  KW_CHECK(ops_->sync_data(index_.file));
  if (!new_level_) return {};
  KW_CHECK(ops_->sync_directory(layout_.tiles()));
  KW_CHECK(ops_->sync_directory(layout_.entries()));
  new_level_ = false;
  return {};
}

bool DerivedWriter::behind() const noexcept {
  return !index_.pending.empty() ||
         std::any_of(levels_.begin(), levels_.end(), [](const Tail& tail) { return !tail.pending.empty(); });
}

}  // namespace kw::store
