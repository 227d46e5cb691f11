#pragma once
// WitnessState is the directory of a named witness: its key, the head that it has seen, what it and others refused.
//
//   key.pem  (0600)   witness.pem, its public key   seen, v1::Signed   refusals/<witness>.kwr, v1::Signed
//
// What is kept is on disk before the call returns. Not thread-safe.
#include "witness/judge.h"

namespace kw::cli {

class WitnessState {
 public:
  /// open makes directory and key where there are none. Errc::not_permitted where others may read the key.
  static Result<WitnessState> open(std::string directory, const crypto::Sm2PublicKey& ledger_key);

  [[nodiscard]] const crypto::Sm2PrivateKey& key() const noexcept { return key_; }
  [[nodiscard]] const witness::Seen& seen() const noexcept { return seen_; }
  Result<> keep(const kioskward::v1::Signed& object, ledger::Checkpoint head);
  /// keep_refusal replaces what the same witness said before; its name must have no '/'.
  Result<> keep_refusal(const std::string& witness, const kioskward::v1::Signed& object);
  [[nodiscard]] std::string public_key_file() const { return directory_ + "/witness.pem"; }

 private:
  WitnessState(std::string directory, crypto::Sm2PrivateKey key) : directory_(std::move(directory)), key_(std::move(key)) {}
  std::string directory_;
  crypto::Sm2PrivateKey key_;
  witness::Seen seen_;
};

}  // namespace kw::cli
