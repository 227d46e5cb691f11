#include "ledger/subtree.h"

#include <algorithm>
#include <bit>

namespace kw::ledger {

std::uint64_t split(std::uint64_t n) noexcept { return std::bit_floor(n - 1); }

Result<SubtreeReader::Rows*> SubtreeReader::tile(unsigned level, std::uint64_t index) {
  const std::pair key{level, index};
  if (const auto kept = kept_.find(key); kept != kept_.end()) return &kept->second;
  const std::uint64_t there = level_count(size_, level) - index * kTileWidth;
  const auto width = static_cast<unsigned>(std::min<std::uint64_t>(there, kTileWidth));
  KW_TRY(auto hashes, tiles_.read({level, index, width}));
  if (hashes.size() != width) return fail(Errc::corrupt, "tile of wrong width");
  Rows rows;
  rows.push_back(std::move(hashes));
  return &kept_.emplace(key, std::move(rows)).first->second;
}

Result<Hash> SubtreeReader::complete(unsigned height, std::uint64_t number) {
  const unsigned level = height / kTileHeight;
  const unsigned above = height % kTileHeight;  // levels of hashing inside the tile
  const std::uint64_t first = number << above;
  KW_TRY(auto* rows, tile(level, first / kTileWidth));
  while (rows->size() <= above) {
    std::vector<Hash> row(rows->back().size() / 2);
    node_hashes(rows->back(), row);
    rows->push_back(std::move(row));
  }
  const auto& row = (*rows)[above];
  const auto place = static_cast<std::size_t>(first % kTileWidth >> above);
  if (place >= row.size()) return fail(Errc::internal, "subtree past the tree");
  return row[place];
}

Result<Hash> SubtreeReader::range(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t n = end - begin;
  if (std::has_single_bit(n)) {
    const auto height = static_cast<unsigned>(std::countr_zero(n));
    return complete(height, begin >> height);
  }
  const std::uint64_t k = split(n);
  KW_TRY(auto left, range(begin, begin + k));
  KW_TRY(auto right, range(begin + k, end));
  return node_hash(left, right);
}

}  // namespace kw::ledger
