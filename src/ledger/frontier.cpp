#include "ledger/frontier.h"

#include <bit>

#include "ledger/subtree.h"

namespace kw::ledger {
namespace {

struct Ignore {
  void operator()(unsigned, const Hash&) const noexcept {}
};

/// Merges `row`, the leaves from number `size` on, into the right edge; tells `completed` about each tile level.
template <class Completed>
void grow(std::vector<Hash>& edge, std::uint64_t size, std::vector<Hash> row, Completed completed) {
  std::vector<Hash> above, left_over;  // of each level at most one node stays without a right neighbour
  for (unsigned height = 0; !row.empty(); ++height) {
    if (height % kTileHeight == 0)
      for (const Hash& hash : row) completed(height / kTileHeight, hash);
    if ((size >> height & 1U) != 0) {  // the edge ends in a node of this height
      row.insert(row.begin(), edge.back());
      edge.pop_back();
    }
    above.resize(row.size() / 2);
    node_hashes(row, above);
    if (row.size() % 2 != 0) left_over.push_back(row.back());
    row.swap(above);
  }
  edge.insert(edge.end(), left_over.rbegin(), left_over.rend());
}

}  // namespace

Result<Frontier> Frontier::restore(std::uint64_t size, TileReader& tiles) {
  if (size > kMaxSize) return fail(Errc::too_large, "tree size");
  Frontier out;
  SubtreeReader subtrees(size, tiles);
  std::uint64_t begin = 0;
  for (std::uint64_t rest = size; rest != 0;) {
    const std::uint64_t part = std::bit_floor(rest);
    KW_TRY(auto hash, subtrees.range(begin, begin + part));
    out.edge_.push_back(hash);
    begin += part;
    rest -= part;
  }
  out.size_ = size;
  return out;
}

Result<Frontier> Frontier::of_edge(std::uint64_t size, std::vector<Hash> edge) {
  if (size > kMaxSize || edge.size() != static_cast<std::size_t>(std::popcount(size)))
    return fail(Errc::malformed, "edge of the tree");
  Frontier out;
  out.size_ = size;
  out.edge_ = std::move(edge);
  return out;
}

void Frontier::append(std::span<const Hash> leaves, std::vector<TileHash>& completed) {
  grow(edge_, size_, {leaves.begin(), leaves.end()},
       [&](unsigned level, const Hash& hash) { completed.push_back({level, hash}); });
  size_ += leaves.size();
}

void Frontier::append(std::span<const Hash> leaves) {
  grow(edge_, size_, {leaves.begin(), leaves.end()}, Ignore{});
  size_ += leaves.size();
}

Hash Frontier::root() const {
  if (edge_.empty()) return empty_root();
  Hash out = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) out = node_hash(edge_[i], out);
  return out;
}

}  // namespace kw::ledger
