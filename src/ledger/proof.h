#pragma once
// inclusion_proof and consistency_proof read proofs out of tiles; verify_inclusion and verify_consistency check them
// without any store (RFC 9162 sections 2.1.3 and 2.1.4).
//
//   KW_TRY(auto path, ledger::inclusion_proof(index, size, tiles));
//   KW_CHECK(ledger::verify_inclusion(ledger::leaf_hash(entry), index, size, path, root));
//
// PURE. A proof holds at most 64 hashes; building one reads at most two tiles a level.
#include <span>
#include <string>
#include <vector>

#include "ledger/tile.h"

namespace kw::ledger {

using Proof = std::vector<Hash>;
inline constexpr std::size_t kMaxProof = 64;

/// root_at is the root of the first `size` leaves.
Result<Hash> root_at(std::uint64_t size, TileReader& tiles);
/// inclusion_proof: Errc::invalid unless index < size <= kMaxSize; the tiles' own errors otherwise.
Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, TileReader& tiles);
/// consistency_proof from the tree of `from` leaves to that of `to`; empty where from is 0 or equals to.
Result<Proof> consistency_proof(std::uint64_t from, std::uint64_t to, TileReader& tiles);

/// verify_inclusion: Errc::malformed where index, size and the proof's length do not belong together, Errc::untrusted
/// where the proof does not lead from the leaf to the root.
Result<> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                          const Hash& root);
/// verify_consistency: the same errors; equal sizes need equal roots and no proof, and so does size 0.
Result<> verify_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to, const Hash& to_root,
                            std::span<const Hash> proof);

/// What a consistency proof hashes to. `to_matches` alone says that the newer tree itself holds another older tree.
struct ConsistencyVerdict {
  bool from_matches = false;
  bool to_matches = false;
};
/// weigh_consistency needs 0 < from < to; Errc::malformed where the proof's length does not fit.
Result<ConsistencyVerdict> weigh_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to,
                                             const Hash& to_root, std::span<const Hash> proof);

/// proof_from_wire takes the hashes of a message's repeated bytes field; to_wire is its reverse.
template <class Strings>
Result<Proof> proof_from_wire(const Strings& field) {
  if (static_cast<std::size_t>(field.size()) > kMaxProof) return fail(Errc::too_large, "proof");
  Proof out;
  for (const auto& item : field) {
    KW_TRY(auto hash, to_array<32>(bytes_of(item)));
    out.push_back(hash);
  }
  return out;
}
template <class Strings>
void proof_to_wire(std::span<const Hash> proof, Strings& field) {
  for (const auto& hash : proof) *field.Add() = copy_text(hash);
}

}  // namespace kw::ledger
