#include "agent/link/witness.h"

#include "schema/codec.h"
#include "witness/cosignature.h"

namespace kw::agent {

Result<LedgerWitness> LedgerWitness::load(const StateDirectory& state, crypto::Sm2PublicKey ledger_key) {
  LedgerWitness out(state, std::move(ledger_key));
  KW_TRY(auto file, state.read(StateFile::checkpoint));
  if (!file) return out;
  const auto corrupt = fail(Errc::corrupt, state.path(StateFile::checkpoint));
  if (auto object = schema::parse<v1::Signed>(*file, ledger::kMaxSignedCheckpoint);
      object && object->kind() == "checkpoint") {
    auto head = ledger::open_checkpoint(*object, out.key_);
    if (!head) return corrupt;
    out.seen_ = {std::move(*head), std::move(*object)};
    return out;
  }
  auto head = ledger::parse_checkpoint(*file);  // what agents stored before they kept the signature
  if (!head) return corrupt;
  out.seen_.head = std::move(*head);
  return out;
}

Result<std::optional<LedgerWitness::Refused>> LedgerWitness::offer(
    const v1::Signed& offered, const google::protobuf::RepeatedPtrField<std::string>& proof) {
  auto judged = witness::judge(seen_, offered, ledger::proof_from_wire(proof), key_);
  if (judged.refusal) return std::optional(Refused{judged.offered_size, std::move(*judged.refusal)});
  // Nothing new to keep.
  if (seen_.head && seen_.object && seen_.head->size == judged.follows->size) return std::optional<Refused>{};
  KW_CHECK(state_->write(StateFile::checkpoint, schema::serialise(offered)));
  seen_ = {std::move(judged.follows), offered};
  return std::optional<Refused>{};
}

v1::Checkpoint LedgerWitness::seen() const {
  if (seen_.head) return ledger::to_wire(*seen_.head);
  v1::Checkpoint none;
  none.set_version(1);
  return none;
}

Result<v1::Signed> LedgerWitness::cosign(std::string_view name, Timestamp now, const crypto::Sm2PrivateKey& key) const {
  if (!seen_.head) return fail(Errc::wrong_state, "nothing was seen");
  return witness::cosign(*seen_.head, name, now, key);
}

}  // namespace kw::agent
