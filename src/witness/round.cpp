#include "witness/round.h"

namespace kw::witness {

bool Round::pick(const std::string& witness, const std::string& site) {
  if (words_.contains(witness) || asked_.size() >= rule_.picked) return false;
  return asked_.insert(site).second;
}

bool Round::take(const Cosignature& word, const v1::Signed& object, const std::string& site) {
  if (!vouches(word, head_) || words_.size() >= kMostCosignatures) return false;
  if (!words_.emplace(word.witness, object).second) return false;
  sites_.insert(site);
  return true;
}

v1::WitnessedCheckpoint Round::witnessed() const {
  v1::WitnessedCheckpoint out;
  out.set_version(1);
  *out.mutable_checkpoint() = object_;
  for (const auto& [witness, word] : words_) *out.add_cosignatures() = word;
  return out;
}

}  // namespace kw::witness
