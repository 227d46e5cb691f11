#include "ledger/hash.h"

#include <algorithm>

namespace kw::ledger {

namespace {

constexpr Byte kLeaf[1] = {0x00};
constexpr Byte kNode[1] = {0x01};

}  // namespace

Hash leaf_hash(ByteView entry) { return crypto::sm3_concat({ByteView(kLeaf), entry}); }

void leaf_hashes(std::span<const ByteView> entries, std::span<Hash> out) { crypto::sm3_many(kLeaf, entries, out); }

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<Byte, 65> node;
  node[0] = kNode[0];
  std::copy(left.begin(), left.end(), node.begin() + 1);
  std::copy(right.begin(), right.end(), node.begin() + 33);
  return crypto::sm3(node);
}

void node_hashes(std::span<const Hash> children, std::span<Hash> out) {
  static_assert(sizeof(Hash) == 32);  // two neighbours are the 64 octets of a node
  constexpr std::size_t kStep = 128;
  std::array<ByteView, kStep> nodes;
  const Byte* octets = reinterpret_cast<const Byte*>(children.data());
  for (std::size_t done = 0; done < out.size(); done += kStep) {
    const std::size_t count = std::min(kStep, out.size() - done);
    for (std::size_t i = 0; i < count; ++i) nodes[i] = ByteView(octets + 64 * (done + i), 64);
    crypto::sm3_many(kNode, std::span(nodes).first(count), out.subspan(done, count));
  }
}

const Hash& empty_root() {
  static const Hash root = crypto::sm3({});
  return root;
}

}  // namespace kw::ledger
