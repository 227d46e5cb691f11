#pragma once
// LedgerWitness keeps the last checkpoint that this kiosk verified, and refuses one that does not follow from it.
#include "agent/identity/identity.h"
#include "ledger/witness.h"

namespace kw::agent {

class LedgerWitness {
 public:
  /// load reads the stored checkpoint; one that cannot be read is Errc::corrupt. `state` must outlive the witness.
  static Result<LedgerWitness> load(const StateDirectory& state, crypto::Sm2PublicKey ledger_key);

  /// offer judges a signed checkpoint with its consistency proof and stores it where it follows. A refusal is a value:
  /// what to report as ledger.witness.refused.
  struct Refused {
    std::uint64_t offered_size = 0;
    std::string reason;
  };
  Result<std::optional<Refused>> offer(const v1::Signed& offered,
                                       const google::protobuf::RepeatedPtrField<std::string>& proof);
  /// seen is what goes into heartbeats; size 0 before the first.
  [[nodiscard]] v1::Checkpoint seen() const;

 private:
  LedgerWitness(const StateDirectory& state, crypto::Sm2PublicKey key) : state_(&state), key_(std::move(key)) {}
  const StateDirectory* state_;
  crypto::Sm2PublicKey key_;
  std::optional<ledger::Checkpoint> seen_;
};

}  // namespace kw::agent
