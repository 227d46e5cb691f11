#include "agent/link/witness.h"

#include "schema/codec.h"

namespace kw::agent {

Result<LedgerWitness> LedgerWitness::load(const StateDirectory& state, crypto::Sm2PublicKey ledger_key) {
  LedgerWitness out(state, std::move(ledger_key));
  KW_TRY(auto file, state.read(StateFile::checkpoint));
  if (!file) return out;
  auto seen = ledger::parse_checkpoint(*file);
  if (!seen) return fail(Errc::corrupt, state.path(StateFile::checkpoint));
  out.seen_ = std::move(*seen);
  return out;
}

Result<std::optional<LedgerWitness::Refused>> LedgerWitness::offer(
    const v1::Signed& offered, const google::protobuf::RepeatedPtrField<std::string>& proof) {
  const auto refuse = [&](std::string_view reason) {
    Refused out;
    out.reason = std::string(reason);
    if (const auto claimed = ledger::parse_checkpoint(bytes_of(offered.payload()))) out.offered_size = claimed->size;
    return std::optional(std::move(out));
  };
  const auto hashes = ledger::proof_from_wire(proof);
  if (!hashes) return refuse(ledger::name(ledger::WitnessRefusal::bad_proof));
  auto judged = ledger::witness(seen_, offered, *hashes, key_);
  if (!judged) return refuse(ledger::name(judged.error()));
  if (seen_ && seen_->size == judged->size) return std::optional<Refused>{};  // nothing new to keep
  KW_CHECK(state_->write(StateFile::checkpoint, ledger::build_checkpoint(*judged)));
  seen_ = std::move(*judged);
  return std::optional<Refused>{};
}

v1::Checkpoint LedgerWitness::seen() const {
  if (seen_) return ledger::to_wire(*seen_);
  v1::Checkpoint none;
  none.set_version(1);
  return none;
}

}  // namespace kw::agent
