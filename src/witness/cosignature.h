#pragma once
// Cosignature is a witness's word for one head of the ledger: this head follows from every one that it saw before.
//
//   KW_TRY(auto word, cosign(seen, "backup", now, key));     // after `seen` was verified and stored, never before
//   KW_TRY(auto who, read_cosignature(word));                // whose it claims to be; find the key
//   KW_CHECK(open_cosignature(word, key));
//
// On the wire it is v1::Signed{kind "cosignature"} (schemas/kioskward/v1/witness.proto). PURE and thread-safe.
// Source: C2SP tlog-cosignature and tlog-witness, for the rule; the form is this project's.
#include "ledger/checkpoint.h"

namespace kw::witness {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMostWitnessName = 64;     // octets
inline constexpr std::size_t kMostCosignature = 1024;   // octets of the payload
inline constexpr int kMostCosignatures = 64;            // of one checkpoint

struct Cosignature {
  ledger::Checkpoint head;  // its time: when the witness verified it, by the witness's clock
  std::string witness;      // a device's ID in hex, or the name of a named witness
};

/// cosign: errors are those of the key; Errc::invalid for a name of 0 or more than kMostWitnessName octets.
Result<v1::Signed> cosign(const ledger::Checkpoint& seen, std::string_view witness, Timestamp now,
                          const crypto::Sm2PrivateKey& key);
/// read_cosignature believes nothing yet: Errc::malformed, Errc::unsupported, Errc::too_large.
Result<Cosignature> read_cosignature(const v1::Signed& object);
/// open_cosignature: as read_cosignature, and Errc::bad_signature unless it is `key`'s.
Result<Cosignature> open_cosignature(const v1::Signed& object, const crypto::Sm2PublicKey& key);
/// vouches tells whether a word is for exactly this head: origin, size and root.
[[nodiscard]] bool vouches(const Cosignature& word, const ledger::Checkpoint& head);

}  // namespace kw::witness
