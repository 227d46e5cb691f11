#include "witness/witnessed.h"

#include <algorithm>

namespace kw::witness {

Result<Witnessed> verify_witnessed(const v1::WitnessedCheckpoint& object, const crypto::Sm2PublicKey& ledger_key,
                                   const std::vector<crypto::Sm2PublicKey>& witnesses, std::size_t needed) {
  if (object.version() != 1) return fail(Errc::unsupported, "version of a witnessed checkpoint");
  if (object.cosignatures_size() > kMostCosignatures) return fail(Errc::malformed, "too many cosignatures");
  Witnessed out;
  KW_TRY(out.head, ledger::open_checkpoint(object.checkpoint(), ledger_key));
  std::vector<std::string> counted;  // key IDs
  for (const auto& word : object.cosignatures()) {
    if (word.signatures_size() != 1) continue;
    const auto& id = word.signatures(0).key_id();
    const auto key = std::ranges::find_if(witnesses, [&](const auto& k) { return equal(k.key_id(), bytes_of(id)); });
    if (key == witnesses.end() || std::ranges::find(counted, id) != counted.end()) continue;
    KW_TRY(const auto said, open_cosignature(word, *key));
    if (!vouches(said, out.head)) return fail(Errc::untrusted, said.witness + " vouches for another head");
    counted.push_back(id);
    out.witnesses.push_back(said.witness);
  }
  if (counted.size() < needed)
    return fail(Errc::untrusted, std::to_string(counted.size()) + " of " + std::to_string(needed) + " witnesses");
  return out;
}

}  // namespace kw::witness
