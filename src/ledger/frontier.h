#pragma once
// Frontier is the right edge of a growing tree: it takes leaf hashes one after the other and knows the root at any time.
//
// It holds one hash per set bit of the size. A value type; one thread at a time.
#include <vector>

#include "ledger/tile.h"

namespace kw::ledger {

/// A hash that a stored level gains by an append; hashes of one level come in order.
struct TileHash {
  unsigned level = 0;
  Hash hash{};
};

class Frontier {
 public:
  Frontier() = default;
  /// restore reads the right edge of a tree of `size` leaves back from its tiles.
  static Result<Frontier> restore(std::uint64_t size, TileReader& tiles);

  /// append adds a leaf and appends to `completed` every hash that the tile levels gain by it.
  void append(const Hash& leaf, std::vector<TileHash>& completed);
  /// append adds a leaf where nobody stores tiles.
  void append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> edge_;  // roots of the complete subtrees, largest first
};

}  // namespace kw::ledger
