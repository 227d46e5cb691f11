#include "vault/merkle.h"

#include <bit>

namespace kw::vault {
namespace {

constexpr Byte kLeafMark[1] = {0}, kNodeMark[1] = {1};

ChunkHash join(const ChunkHash& left, const ChunkHash& right) { return crypto::sm3_concat({kNodeMark, left, right}); }

/// left_part is the largest power of two below n (n > 1).
std::size_t left_part(std::size_t n) { return std::bit_floor(n - 1); }

ChunkHash root_over(std::span<const ChunkHash> leaves) {
  if (leaves.empty()) return crypto::sm3({});
  if (leaves.size() == 1) return leaves[0];
  const auto left = left_part(leaves.size());
  return join(root_over(leaves.first(left)), root_over(leaves.subspan(left)));
}

void path_in(std::span<const ChunkHash> leaves, std::uint64_t index, std::vector<ChunkHash>& out) {
  if (leaves.size() < 2) return;
  const auto left = left_part(leaves.size());
  if (index < left) {
    path_in(leaves.first(left), index, out);
    out.push_back(root_over(leaves.subspan(left)));
  } else {
    path_in(leaves.subspan(left), index - left, out);
    out.push_back(root_over(leaves.first(left)));
  }
}

}  // namespace

void ChunkTree::add(std::span<const ByteView> chunks) {
  const auto before = leaves_.size();
  leaves_.resize(before + chunks.size());
  crypto::sm3_many(kLeafMark, chunks, std::span(leaves_).subspan(before));
}

ChunkHash ChunkTree::root() const { return root_over(leaves_); }

Result<std::vector<ChunkHash>> ChunkTree::path(std::uint64_t index) const {
  if (index >= leaves_.size()) return fail(Errc::not_found, "chunk of a file");
  std::vector<ChunkHash> out;
  path_in(leaves_, index, out);
  return out;
}

Result<> check_chunk(ByteView chunk, std::uint64_t index, std::uint64_t size, std::span<const ChunkHash> path,
                     const ChunkHash& root) {
  if (index >= size) return fail(Errc::corrupt, "chunk of a file");
  auto hash = crypto::sm3_concat({kLeafMark, chunk});
  auto at = index, last = size - 1;
  for (const auto& other : path) {  // RFC 9162 section 2.1.3.2
    if (last == 0) return fail(Errc::corrupt, "path of a chunk");
    if ((at & 1) != 0 || at == last) {
      hash = join(other, hash);
      while ((at & 1) == 0 && at != 0) at >>= 1, last >>= 1;
    } else {
      hash = join(hash, other);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0 || hash != root) return fail(Errc::corrupt, "chunk of a file");
  return {};
}

}  // namespace kw::vault
