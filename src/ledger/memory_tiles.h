#pragma once
// MemoryTiles keeps a tree's tile levels in memory: the TileReader of tests and fuzz targets.
#include "ledger/frontier.h"

namespace kw::ledger {

class MemoryTiles final : public TileReader {
 public:
  void append(const Hash& leaf) {
    std::vector<TileHash> completed;
    frontier_.append(leaf, completed);
    for (const auto& item : completed) {
      if (levels_.size() <= item.level) levels_.resize(item.level + 1);
      levels_[item.level].push_back(item.hash);
    }
  }
  [[nodiscard]] const Frontier& frontier() const noexcept { return frontier_; }
  [[nodiscard]] const std::vector<std::vector<Hash>>& levels() const noexcept { return levels_; }

  Result<std::vector<Hash>> read(const TileId& id) override {
    ++reads;
    const std::size_t begin = id.index * kTileWidth;
    if (id.level >= levels_.size() || levels_[id.level].size() < begin + id.width) return fail(Errc::not_found, "tile");
    const auto first = levels_[id.level].begin() + static_cast<std::ptrdiff_t>(begin);
    return std::vector<Hash>(first, first + id.width);
  }
  int reads = 0;

 private:
  Frontier frontier_;
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace kw::ledger
