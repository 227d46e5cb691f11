#pragma once
// LedgerWitness keeps the last checkpoint that this kiosk verified, vouches for it, and refuses one that does not follow.
//
// What it has seen is on disk before anything is said about it. A refusal stands until the ledger offers a head that
// follows again.
#include "agent/identity/identity.h"
#include "witness/judge.h"

namespace kw::agent {

class LedgerWitness {
 public:
  /// load reads the stored checkpoint; one that cannot be read is Errc::corrupt. `state` must outlive the witness.
  static Result<LedgerWitness> load(const StateDirectory& state, crypto::Sm2PublicKey ledger_key);

  /// offer judges a signed checkpoint with its consistency proof and stores it where it follows. A refusal is a value:
  /// what to report as ledger.witness.refused; its witness and time are left to who signs it.
  struct Refused {
    std::uint64_t offered_size = 0;
    witness::Refusal refusal;
  };
  Result<std::optional<Refused>> offer(const v1::Signed& offered,
                                       const google::protobuf::RepeatedPtrField<std::string>& proof);
  /// seen is what goes into heartbeats; size 0 before the first.
  [[nodiscard]] v1::Checkpoint seen() const;
  /// cosign vouches for what was seen; Errc::wrong_state before the first.
  [[nodiscard]] Result<v1::Signed> cosign(std::string_view name, Timestamp now, const crypto::Sm2PrivateKey& key) const;

 private:
  LedgerWitness(const StateDirectory& state, crypto::Sm2PublicKey key) : state_(&state), key_(std::move(key)) {}
  const StateDirectory* state_;
  crypto::Sm2PublicKey key_;
  witness::Seen seen_;  // without the ledger's signature where an agent before this one stored it
};

}  // namespace kw::agent
