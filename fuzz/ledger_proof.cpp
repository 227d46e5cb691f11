// links: ledger
// Proofs from a stranger: whatever the sizes and hashes, verification answers and never accepts two leaves for one place.
#include <cstdlib>

#include "base/reader.h"
#include "ledger/proof.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  Reader in({data, size});
  const auto index = in.u64(), tree = in.u64();
  const auto leaf = in.take(32), root = in.take(32);
  if (!index || !tree || !leaf || !root) return 0;
  ledger::Proof proof;
  while (in.left() >= 32 && proof.size() <= ledger::kMaxProof) proof.push_back(*to_array<32>(*in.take(32)));
  auto leaf_hash = *to_array<32>(*leaf);
  const auto root_hash = *to_array<32>(*root);
  const bool good = bool(ledger::verify_inclusion(leaf_hash, *index, *tree, proof, root_hash));
  leaf_hash[0] ^= 1;
  if (good && ledger::verify_inclusion(leaf_hash, *index, *tree, proof, root_hash)) std::abort();
  leaf_hash[0] ^= 1;
  (void)ledger::verify_consistency(*index, leaf_hash, *tree, root_hash, proof);
  return 0;
}
