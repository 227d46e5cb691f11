#pragma once
// Refusal is what a witness says about a ledger that does not follow from what it saw, and weigh_refusal what that proves.
//
// A refusal carries both heads as the ledger signed them. Where these contradict each other, whoever has the ledger's
// public key is convinced without trusting the witness. PURE and thread-safe.
#include <optional>
#include <vector>

#include "ledger/witness.h"

namespace kw::witness {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMostRefusal = 16U << 10;  // octets of the payload

struct Refusal {
  std::string witness;  // as in Cosignature
  std::string reason;   // ledger::name(WitnessRefusal)
  std::optional<v1::Signed> seen;
  v1::Signed offered;
  ledger::Proof consistency;
  Timestamp time;
};

Result<v1::Signed> sign_refusal(const Refusal& refusal, const crypto::Sm2PrivateKey& key);
/// read_refusal believes nothing yet: Errc::malformed, Errc::unsupported, Errc::too_large.
Result<Refusal> read_refusal(const v1::Signed& object);
/// open_refusal: as read_refusal, and Errc::bad_signature unless it is `key`'s.
Result<Refusal> open_refusal(const v1::Signed& object, const crypto::Sm2PublicKey& key);

/// What a refusal proves against the ledger by itself.
enum class Finding {
  forked,        // the ledger signed two heads that cannot belong to one history
  shrank,        // the ledger signed a smaller tree later than a larger one
  other_log,     // one key signed heads of two logs
  word_against,  // nothing: it is the witness's word alone
};
[[nodiscard]] std::string_view name(Finding finding) noexcept;
[[nodiscard]] Finding weigh_refusal(const Refusal& refusal, const crypto::Sm2PublicKey& ledger_key);

}  // namespace kw::witness
