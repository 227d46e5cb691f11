#pragma once
// Frontier is the right edge of a growing tree: it takes leaf hashes in order and knows the root at any time.
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
  /// of_edge takes the right edge itself: Errc::malformed unless it has one hash for each bit of `size`.
  static Result<Frontier> of_edge(std::uint64_t size, std::vector<Hash> edge);

  /// append adds leaves in order and appends to `completed` every hash that the tile levels gain by them, the lower
  /// levels first. Many leaves at once are hashed together, level by level.
  void append(std::span<const Hash> leaves, std::vector<TileHash>& completed);
  void append(const Hash& leaf, std::vector<TileHash>& completed) { append({&leaf, 1}, completed); }
  /// append adds leaves where nobody stores tiles.
  void append(std::span<const Hash> leaves);
  void append(const Hash& leaf) { append({&leaf, 1}); }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] Hash root() const;
  [[nodiscard]] const std::vector<Hash>& edge() const noexcept { return edge_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> edge_;  // roots of the complete subtrees, largest first
};

}  // namespace kw::ledger
