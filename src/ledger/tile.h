#pragma once
// TileReader is the port through which proofs read stored hashes, 256 at a time (C2SP tlog-tiles, tile height 8).
//
// Level L of the tiles holds the roots of complete subtrees of 256^L leaves, in order; tile N of a level holds its hashes
// N*256 to N*256+255. A tile that a tree does not fill is partial: its first `width` hashes belong to the tree.
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/hash.h"

namespace kw::ledger {

inline constexpr unsigned kTileHeight = 8;
inline constexpr unsigned kTileWidth = 1U << kTileHeight;
inline constexpr unsigned kLevels = 8;  // of tiles, in a tree of kMaxSize leaves

struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // 1 to 256
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

/// tile_path gives the name of the C2SP tlog-tiles specification: "tile/0/x001/067", "tile/1/000.p/12".
[[nodiscard]] std::string tile_path(const TileId& id);
/// level_count is the number of hashes that level `level` holds in a tree of `size` leaves.
[[nodiscard]] constexpr std::uint64_t level_count(std::uint64_t size, unsigned level) noexcept {
  return level >= kLevels ? 0 : size >> (kTileHeight * level);
}

class TileReader {
 public:
  virtual ~TileReader() = default;
  /// read returns exactly id.width hashes; Errc::not_found where the store holds fewer, Errc::io where it cannot read.
  virtual Result<std::vector<Hash>> read(const TileId& id) = 0;
};

}  // namespace kw::ledger
