#include "ledger/witness.h"

namespace kw::ledger {

std::string_view name(WitnessRefusal refusal) noexcept {
  switch (refusal) {
    case WitnessRefusal::bad_signature: return "bad_signature";
    case WitnessRefusal::wrong_origin: return "wrong_origin";
    case WitnessRefusal::shrank: return "shrank";
    case WitnessRefusal::forked: return "forked";
    case WitnessRefusal::bad_proof: return "bad_proof";
  }
  return "unknown";
}

tl::expected<Checkpoint, WitnessRefusal> witness(const std::optional<Checkpoint>& seen, const v1::Signed& offered,
                                                 std::span<const Hash> proof, const crypto::Sm2PublicKey& key,
                                                 std::string_view origin) {
  const auto refuse = [](WitnessRefusal why) { return tl::unexpected(why); };
  auto next = open_checkpoint(offered, key);
  if (!next) return refuse(WitnessRefusal::bad_signature);
  const std::string_view bound = seen && !seen->origin.empty() ? std::string_view(seen->origin) : origin;
  if (!bound.empty() && next->origin != bound) return refuse(WitnessRefusal::wrong_origin);
  if (!seen || seen->size == 0) return std::move(*next);
  if (next->size < seen->size) return refuse(WitnessRefusal::shrank);
  if (next->size == seen->size) {
    if (next->root != seen->root) return refuse(WitnessRefusal::forked);
    if (!proof.empty()) return refuse(WitnessRefusal::bad_proof);
    return std::move(*next);
  }
  const auto verdict = weigh_consistency(seen->size, seen->root, next->size, next->root, proof);
  if (!verdict) return refuse(WitnessRefusal::bad_proof);
  if (verdict->from_matches && verdict->to_matches) return std::move(*next);
  // Hashes that lead to the offered root are nodes of the offered tree: its own history is not the seen one.
  return refuse(verdict->to_matches ? WitnessRefusal::forked : WitnessRefusal::bad_proof);
}

}  // namespace kw::ledger
