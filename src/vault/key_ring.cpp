#include "vault/key_ring.h"

#include <algorithm>

namespace kw::vault {

Result<> KeyRing::add(DataKey key, KeyState state) {
  const auto ref = key.label().ref;
  const auto purpose = key.label().purpose;
  if (state == KeyState::destroyed) return fail(Errc::wrong_state, "a destroyed key has no octets");
  if (keys_.contains(ref)) return fail(Errc::already_exists, "version of a key");
  const auto sibling = keys_.lower_bound({ref.id, 0});
  if (sibling != keys_.end() && sibling->first.id == ref.id && sibling->second.purpose != purpose)
    return fail(Errc::conflict, "another purpose under the same key ID");
  if (state == KeyState::active && !active_.emplace(purpose, ref).second)
    return fail(Errc::conflict, "a second active version");
  versions_[purpose].push_back(ref);
  keys_.emplace(ref, Entry{purpose, state, std::make_unique<const DataKey>(std::move(key))});
  return {};
}

Result<> KeyRing::act(const KeyRef& ref, KeyAct act) {
  const auto at = keys_.find(ref);
  if (at == keys_.end()) return fail(Errc::not_found, "version of a key");
  auto& entry = at->second;
  KW_TRY(const auto next, after(entry.state, act));
  if (next == KeyState::active && !active_.emplace(entry.purpose, ref).second)
    return fail(Errc::conflict, "a second active version");
  if (entry.state == KeyState::active) active_.erase(entry.purpose);
  if (next == KeyState::destroyed) entry.key.reset();
  entry.state = next;
  return {};
}

Result<> KeyRing::replace(const KeyRef& next) {
  const auto at = keys_.find(next);
  if (at == keys_.end()) return fail(Errc::not_found, "version of a key");
  KW_CHECK(after(at->second.state, KeyAct::activate));  // before anything changes
  const auto before = active_.find(at->second.purpose);
  if (before != active_.end()) KW_CHECK(act(KeyRef(before->second), KeyAct::retire));
  return act(next, KeyAct::activate);
}

Result<const DataKey*> KeyRing::sealing(const KeyPurpose& purpose) const {
  const auto at = active_.find(purpose);
  if (at == active_.end()) return fail(Errc::not_found, "no active key");
  return keys_.at(at->second).key.get();
}

Result<const DataKey*> KeyRing::opening(const KeyRef& ref) const {
  const auto at = keys_.find(ref);
  if (at == keys_.end() || !may_open(at->second.state)) return fail(Errc::decrypt_failed);
  return at->second.key.get();
}

std::vector<const DataKey*> KeyRing::readable(const KeyPurpose& purpose) const {
  std::vector<const DataKey*> out;
  const auto versions = versions_.find(purpose);
  if (versions == versions_.end()) return out;
  for (const auto& ref : versions->second)
    if (const auto& entry = keys_.at(ref); may_open(entry.state)) out.push_back(entry.key.get());
  std::ranges::sort(out, [](const auto* a, const auto* b) { return a->label().ref.version > b->label().ref.version; });
  return out;
}

Result<KeyState> KeyRing::state(const KeyRef& ref) const {
  const auto at = keys_.find(ref);
  if (at == keys_.end()) return fail(Errc::not_found, "version of a key");
  return at->second.state;
}

}  // namespace kw::vault
