#include "ledger/frontier.h"

#include <bit>

#include "ledger/subtree.h"

namespace kw::ledger {
namespace {

struct Ignore {
  void operator()(unsigned, const Hash&) const noexcept {}
};

/// Merges `hash`, the root of leaf number `size`, into the right edge; tells `completed` about each tile level.
template <class Completed>
void grow(std::vector<Hash>& edge, std::uint64_t size, Hash hash, Completed completed) {
  completed(0U, hash);
  unsigned height = 0;
  for (std::uint64_t rest = size; (rest & 1U) != 0; rest >>= 1U) {
    hash = node_hash(edge.back(), hash);
    edge.pop_back();
    if (++height % kTileHeight == 0) completed(height / kTileHeight, hash);
  }
  edge.push_back(hash);
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

void Frontier::append(const Hash& leaf, std::vector<TileHash>& completed) {
  grow(edge_, size_, leaf, [&](unsigned level, const Hash& hash) { completed.push_back({level, hash}); });
  ++size_;
}

void Frontier::append(const Hash& leaf) {
  grow(edge_, size_, leaf, Ignore{});
  ++size_;
}

Hash Frontier::root() const {
  if (edge_.empty()) return empty_root();
  Hash out = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) out = node_hash(edge_[i], out);
  return out;
}

}  // namespace kw::ledger
