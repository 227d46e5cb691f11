// Verification of proofs, by the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2; step numbers are the RFC's.
#include <bit>

#include "ledger/proof.h"

namespace kw::ledger {
namespace {

[[nodiscard]] auto wrong_length() { return fail(Errc::malformed, "proof length does not fit the tree"); }

}  // namespace

Result<> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                          const Hash& root) {
  if (size > kMaxSize || index >= size) return fail(Errc::malformed, "index outside the tree");  // 1
  std::uint64_t fn = index, sn = size - 1;                                                        // 2
  Hash r = leaf;                                                                                  // 3
  for (const Hash& p : proof) {                                                                   // 4
    if (sn == 0) return wrong_length();
    if ((fn & 1U) != 0 || fn == sn) {
      r = node_hash(p, r);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  if (sn != 0) return wrong_length();  // 5
  if (r != root) return fail(Errc::untrusted, "proof does not lead to the root");
  return {};
}

Result<ConsistencyVerdict> weigh_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to,
                                             const Hash& to_root, std::span<const Hash> proof) {
  if (from == 0 || from >= to || to > kMaxSize) return fail(Errc::malformed, "sizes do not rise");
  if (proof.empty()) return wrong_length();  // 1
  const bool whole = std::has_single_bit(from);
  const Hash seed = whole ? from_root : proof[0];  // 2: a complete old tree is its own first node
  if (!whole) proof = proof.subspan(1);
  std::uint64_t fn = from - 1, sn = to - 1;  // 3
  while ((fn & 1U) != 0) {                   // 4
    fn >>= 1U;
    sn >>= 1U;
  }
  Hash fr = seed, sr = seed;     // 5
  for (const Hash& c : proof) {  // 6
    if (sn == 0) return wrong_length();
    if ((fn & 1U) != 0 || fn == sn) {
      fr = node_hash(c, fr);
      sr = node_hash(c, sr);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      sr = node_hash(sr, c);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  if (sn != 0) return wrong_length();  // 7
  return ConsistencyVerdict{fr == from_root, sr == to_root};
}

Result<> verify_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to, const Hash& to_root,
                            std::span<const Hash> proof) {
  if (from > to || to > kMaxSize) return fail(Errc::malformed, "sizes do not rise");
  if (from == 0 || from == to) {
    if (!proof.empty()) return wrong_length();
    const Hash& expected = from == to ? to_root : empty_root();
    if (from_root != expected) return fail(Errc::untrusted, "roots differ");
    return {};
  }
  KW_TRY(auto verdict, weigh_consistency(from, from_root, to, to_root, proof));
  if (!verdict.from_matches || !verdict.to_matches) return fail(Errc::untrusted, "proof does not lead to both roots");
  return {};
}

}  // namespace kw::ledger
