#include "ledger/proof.h"

#include <algorithm>

#include "ledger/subtree.h"

namespace kw::ledger {

Result<Hash> root_at(std::uint64_t size, TileReader& tiles) {
  if (size > kMaxSize) return fail(Errc::invalid, "tree size");
  if (size == 0) return empty_root();
  return SubtreeReader(size, tiles).range(0, size);
}

// RFC 9162 section 2.1.3.1, from the root down; the proof is read from the leaf up.
Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, TileReader& tiles) {
  if (size > kMaxSize || index >= size) return fail(Errc::invalid, "index outside the tree");
  SubtreeReader subtrees(size, tiles);
  Proof out;
  std::uint64_t begin = 0, end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + split(end - begin);
    const bool left = index < middle;
    KW_TRY(auto sibling, left ? subtrees.range(middle, end) : subtrees.range(begin, middle));
    out.push_back(sibling);
    (left ? end : begin) = middle;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

// RFC 9162 section 2.1.4.1: SUBPROOF, from the root down.
Result<Proof> consistency_proof(std::uint64_t from, std::uint64_t to, TileReader& tiles) {
  if (to > kMaxSize || from > to) return fail(Errc::invalid, "sizes do not rise");
  Proof out;
  if (from == 0 || from == to) return out;
  SubtreeReader subtrees(to, tiles);
  std::uint64_t begin = 0, end = to;
  while (end != from) {
    const std::uint64_t middle = begin + split(end - begin);
    const bool left = from <= middle;
    KW_TRY(auto sibling, left ? subtrees.range(middle, end) : subtrees.range(begin, middle));
    out.push_back(sibling);
    (left ? end : begin) = middle;
  }
  if (begin != 0) {  // the old tree's last part does not start at leaf 0, so the verifier cannot know its root
    KW_TRY(auto part, subtrees.range(begin, end));
    out.push_back(part);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace kw::ledger
