#pragma once
// verify_witnessed checks a checkpoint together with those who vouch for it, trusting the keys given and nothing else.
//
// PURE and thread-safe.
#include <vector>

#include "kioskward/v1/witness.pb.h"
#include "witness/cosignature.h"

namespace kw::witness {

inline constexpr std::size_t kMostWitnessed = 64U << 10;  // octets on the wire

struct Witnessed {
  ledger::Checkpoint head;
  std::vector<std::string> witnesses;  // names of those whose word counts, each once
};

/// verify_witnessed counts the words that keys of `witnesses` have signed for exactly this head. Errc::bad_signature and
/// malformed for the checkpoint; Errc::untrusted where fewer than `needed` keys vouch. A word by a key that is not
/// given does not count and does no harm; a false one by a key that is given refuses all.
Result<Witnessed> verify_witnessed(const v1::WitnessedCheckpoint& object, const crypto::Sm2PublicKey& ledger_key,
                                   const std::vector<crypto::Sm2PublicKey>& witnesses, std::size_t needed);

}  // namespace kw::witness
