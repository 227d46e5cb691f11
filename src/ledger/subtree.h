#pragma once
// SubtreeReader computes the hash of any aligned range of leaves out of tiles; proofs and roots are made of such ranges.
//
// Internal to the library. It keeps the tiles that it has read and the levels that it has hashed over them: make one
// for each proof.
#include <map>

#include "ledger/tile.h"

namespace kw::ledger {

class SubtreeReader {
 public:
  /// A reader over the tree of the first `size` leaves; tiles are asked for no more hashes than that tree has.
  SubtreeReader(std::uint64_t size, TileReader& tiles) : size_(size), tiles_(tiles) {}

  /// complete is the root of the 2^height leaves that start at leaf number * 2^height, all below `size`.
  Result<Hash> complete(unsigned height, std::uint64_t number);
  /// range is the root over leaves [begin, end), where begin is a multiple of the least power of two >= end - begin.
  Result<Hash> range(std::uint64_t begin, std::uint64_t end);

 private:
  /// The hashes of a tile, and over them rows of half as many, as far up as somebody asked.
  using Rows = std::vector<std::vector<Hash>>;
  Result<Rows*> tile(unsigned level, std::uint64_t index);

  std::uint64_t size_;
  TileReader& tiles_;
  std::map<std::pair<unsigned, std::uint64_t>, Rows> kept_;
};

/// split is the largest power of two below n (n > 1): where RFC 9162 divides a tree of n leaves.
[[nodiscard]] std::uint64_t split(std::uint64_t n) noexcept;

}  // namespace kw::ledger
