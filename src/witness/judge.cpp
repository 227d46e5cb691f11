#include "witness/judge.h"

namespace kw::witness {

Judged judge(const Seen& seen, const v1::Signed& offered, const Result<ledger::Proof>& proof,
             const crypto::Sm2PublicKey& ledger_key, std::string_view origin) {
  Judged out;
  if (const auto claimed = ledger::parse_checkpoint(bytes_of(offered.payload()))) out.offered_size = claimed->size;
  auto why = ledger::WitnessRefusal::bad_proof;
  if (proof) {
    auto follows = ledger::witness(seen.head, offered, *proof, ledger_key, origin);
    if (follows) {
      out.follows = std::move(*follows);
      return out;
    }
    why = follows.error();
  }
  out.refusal.emplace();
  out.refusal->reason = std::string(ledger::name(why));
  out.refusal->seen = seen.object;
  out.refusal->offered = offered;
  if (proof) out.refusal->consistency = *proof;
  return out;
}

}  // namespace kw::witness
