#pragma once
// ChunkTree is the Merkle tree over a file's chunks: leaves in order, root, path of one leaf.
//
// The hashes are those of RFC 9162 section 2.1 over SM3, as in the ledger (src/ledger, which stands on the same floor
// and cannot be used): leaf SM3(0x00 | chunk), node SM3(0x01 | left | right). All leaves are kept: 32 octets for each
// 64 KiB. PURE; one thread at a time.
#include <span>
#include <vector>

#include "crypto/sm3.h"

namespace kw::vault {

using ChunkHash = crypto::Digest;

class ChunkTree {
 public:
  /// add hashes chunks of the same length side by side.
  void add(std::span<const ByteView> chunks);
  [[nodiscard]] std::uint64_t size() const noexcept { return leaves_.size(); }
  /// root of no leaves is SM3 of nothing.
  [[nodiscard]] ChunkHash root() const;
  /// path leads from a leaf to the root: Errc::not_found for an index that is not there.
  Result<std::vector<ChunkHash>> path(std::uint64_t index) const;
  [[nodiscard]] const std::vector<ChunkHash>& leaves() const noexcept { return leaves_; }

 private:
  std::vector<ChunkHash> leaves_;
};

/// check_chunk: Errc::corrupt unless `path` leads from the chunk at `index` of `size` to the root.
Result<> check_chunk(ByteView chunk, std::uint64_t index, std::uint64_t size, std::span<const ChunkHash> path,
                     const ChunkHash& root);

}  // namespace kw::vault
