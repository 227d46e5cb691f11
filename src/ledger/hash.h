#pragma once
// leaf_hash and node_hash are the two hashes of the audit ledger's Merkle tree: RFC 9162 section 2.1.1 over SM3.
//
// PURE and thread-safe.
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "crypto/sm3.h"

namespace kw::ledger {

using Hash = crypto::Digest;  // 32 octets

/// The largest tree that this library counts; an untrusted size above it is refused before anything is computed.
inline constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 56;
/// The longest entry that a ledger takes, in octets.
inline constexpr std::size_t kMaxEntry = 65536;

/// leaf_hash is SM3(0x00 || entry).
[[nodiscard]] Hash leaf_hash(ByteView entry);
/// node_hash is SM3(0x01 || left || right).
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);
/// leaf_hashes puts leaf_hash(entries[i]) into out[i], many entries at once; both have as many elements.
void leaf_hashes(std::span<const ByteView> entries, std::span<Hash> out);
/// node_hashes puts node_hash(children[2 * i], children[2 * i + 1]) into out[i], many nodes at once. `out` has half as
/// many elements as `children`, whose last is left out where their number is odd, and lies elsewhere.
void node_hashes(std::span<const Hash> children, std::span<Hash> out);
/// empty_root is the root of a tree without leaves: SM3 of no octets.
[[nodiscard]] const Hash& empty_root();

}  // namespace kw::ledger
