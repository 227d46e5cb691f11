#include <algorithm>

#include "store/ledger/derived_files.h"

namespace kw::store {
namespace {

constexpr std::size_t kCheckBuffer = 64 * 1024;  // a multiple of both record sizes
static_assert(kCheckBuffer % kHash == 0 && kCheckBuffer % kPlace == 0);

/// The first entry below hash number `number` of a level.
std::uint64_t first_below(unsigned level, std::uint64_t number) { return number << (ledger::kTileHeight * level); }

Result<bool> reaches(const std::filesystem::path& path, std::uint64_t octets) {
  if (octets == 0) return true;
  auto file = open_for_reading(path);
  if (!file && file.code() == Errc::not_found) return false;
  if (!file) return std::move(file).error();
  KW_TRY(auto size, file_size(*file));
  return size >= octets;
}

}  // namespace

Result<bool> derived_reach(const LedgerLayout& layout, std::uint64_t size) {
  KW_TRY(auto all, reaches(layout.index(), size * kPlace));
  for (unsigned level = 0; all && level < ledger::kLevels; ++level) {
    KW_TRY(all, reaches(layout.level(level), ledger::level_count(size, level) * kHash));
  }
  return all;
}

DerivedCheck::DerivedCheck(const LedgerLayout& layout, std::uint64_t size, std::uint64_t places_from)
    : layout_(layout), size_(size), places_from_(places_from) {}

Result<DerivedCheck::Stored> DerivedCheck::open_stored(const std::filesystem::path& path, std::uint64_t octets) {
  Stored out;
  out.at = out.buffer_at = octets;
  auto file = open_for_reading(path);
  if (file)
    out.file = std::move(*file);
  else if (file.code() != Errc::not_found)
    return std::move(file).error();
  return out;
}

Result<bool> DerivedCheck::Stored::same(ByteView octets) {
  if (!file.is_open()) {
    at += octets.size();
    return false;
  }
  if (at + octets.size() > buffer_at + buffer.size()) {
    buffer.resize(kCheckBuffer);
    KW_TRY(auto n, read_at(file, buffer, at));
    buffer.resize(n);
    buffer_at = at;
  }
  const std::uint64_t from = at - buffer_at;
  at += octets.size();
  if (from + octets.size() > buffer.size()) return false;
  return equal(ByteView(buffer).subspan(from, octets.size()), octets);
}

Result<DerivedCheck::Stored*> DerivedCheck::level(unsigned level) {
  if (const auto found = levels_.find(level); found != levels_.end()) return &found->second;
  KW_TRY(auto stored, open_stored(layout_.level(level), ledger::level_count(size_, level) * kHash));
  return &levels_.emplace(level, std::move(stored)).first->second;
}

Result<> DerivedCheck::add(EntryPlace place) {
  if (!index_) {
    KW_TRY(auto stored, open_stored(layout_.index(), places_from_ * kPlace));
    index_ = std::move(stored);
  }
  const std::uint64_t number = index_->at / kPlace;
  KW_TRY(auto same, index_->same(to_octets(place)));
  if (same) return {};
  ++wrong_places_;
  if (!first_wrong_place_) first_wrong_place_ = number;
  return {};
}

Result<> DerivedCheck::add(const ledger::TileHash& hash) {
  KW_TRY(auto* stored, level(hash.level));
  const std::uint64_t number = stored->at / kHash;
  KW_TRY(auto same, stored->same(hash.hash));
  if (same) return {};
  ++wrong_hashes_;
  const auto entry = first_below(hash.level, number);
  if (!first_wrong_hash_ || entry < first_wrong_hash_->entry) first_wrong_hash_ = WrongHash{hash.level, number, entry};
  return {};
}

Result<> DerivedCheck::finish() {
  const auto beyond = [](Stored& stored) -> Result<bool> {
    if (!stored.file.is_open()) return false;
    KW_TRY(auto size, file_size(stored.file));
    return size > stored.at;
  };
  if (!index_) {
    KW_TRY(auto stored, open_stored(layout_.index(), places_from_ * kPlace));
    index_ = std::move(stored);
  }
  KW_TRY(auto places, beyond(*index_));
  if (places) ++wrong_places_;
  for (unsigned i = 0; i < ledger::kLevels; ++i) {
    KW_TRY(auto* stored, level(i));
    KW_TRY(auto hashes, beyond(*stored));
    if (hashes) ++wrong_hashes_;
  }
  return {};
}

}  // namespace kw::store
