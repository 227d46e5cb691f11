#include "ledger/hash.h"

#include <algorithm>

namespace kw::ledger {

Hash leaf_hash(ByteView entry) {
  static constexpr Byte kPrefix[1] = {0x00};
  return crypto::sm3_concat({ByteView(kPrefix), entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<Byte, 65> node;
  node[0] = 0x01;
  std::copy(left.begin(), left.end(), node.begin() + 1);
  std::copy(right.begin(), right.end(), node.begin() + 33);
  return crypto::sm3(node);
}

const Hash& empty_root() {
  static const Hash root = crypto::sm3({});
  return root;
}

}  // namespace kw::ledger
