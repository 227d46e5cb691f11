#include "server/vault/vault_keys.h"

#include <algorithm>

namespace kw::server {
namespace {

using vault::KeyAct, vault::KeyLabel, vault::KeyPurpose, vault::KeyRef, vault::KeyState, vault::KeyUse;

std::map<std::string, std::string> params_of(const KeyLabel& label) {
  const auto& [ref, purpose] = label;
  return {{"key", ref.id.text()},
          {"version", std::to_string(ref.version)},
          {"use", std::string(vault::name(purpose.use))},
          {"class", std::string(vault::name(purpose.data_class))},
          {"district", purpose.district},
          {"scope", purpose.scope}};
}

bool lies_in(std::string_view scope, std::string_view outer) {
  return scope == outer || (scope.starts_with(outer) && scope.substr(outer.size()).starts_with('/'));
}

}  // namespace

Result<> VaultKeys::load_wrapping(const store::VaultKey& row) {
  if (!vault::may_open(row.state)) return {};
  KW_TRY(auto key, root_.unwrap(row.label, row.wrapped));
  const auto& purpose = row.label.purpose;
  const Place place{purpose.data_class, purpose.district};
  if (const auto at = wrapping_.find(place); at == wrapping_.end() || at->second.row.label.ref < row.label.ref)
    wrapping_.insert_or_assign(place, Wrapping{row, std::move(key)});
  return {};
}

Result<> VaultKeys::load() {
  KW_TRY(const auto rows, changes_.store().read([](auto& r) { return r.vault().keys(); }));
  const std::scoped_lock lock(making_, mutex_);
  for (const auto& row : rows)
    if (row.label.purpose.use == KeyUse::wrapping) KW_CHECK(load_wrapping(row));
  for (const auto& row : rows) {
    rows_.emplace(row.label.ref, row);
    if (row.label.purpose.use == KeyUse::wrapping || row.state == KeyState::destroyed) continue;
    const auto under = wrapping_.find({row.label.purpose.data_class, row.label.purpose.district});
    if (under == wrapping_.end()) return fail(Errc::corrupt, "vault key " + row.label.ref.id.text() + ": not wrapped");
    auto key = under->second.key.unwrap(row.label, row.wrapped);
    if (!key) return key.error().within("vault key " + row.label.ref.id.text());
    KW_CHECK(ring_.add(std::move(*key), row.state));
  }
  return {};
}

Result<const VaultKeys::Wrapping*> VaultKeys::wrapping(Change& change, const Place& place,
                                                       std::vector<Wrapping>& fresh) {
  if (const auto at = wrapping_.find(place); at != wrapping_.end()) return &at->second;
  for (const auto& one : fresh)
    if (Place{one.row.label.purpose.data_class, one.row.label.purpose.district} == place) return &one;
  const auto now = change.now();
  const KeyLabel label{{vault::KeyId::make(now, changes_.random()), 1},
                       {KeyUse::wrapping, place.first, place.second, {}}};
  KW_TRY(auto made, root_.create(label, changes_.random()));
  fresh.push_back({{label, KeyState::active, std::move(made.wrapped), now, now}, std::move(made.key)});
  KW_CHECK(change.repositories().vault().insert_key(fresh.back().row));
  KW_CHECK(change.record({.type = "vault.key.made", .params = params_of(label)}));
  return &fresh.back();
}

void VaultKeys::take(std::vector<Wrapping> fresh) {
  for (auto& one : fresh) {
    const Place place{one.row.label.purpose.data_class, one.row.label.purpose.district};
    rows_.insert_or_assign(one.row.label.ref, one.row);
    wrapping_.insert_or_assign(place, std::move(one));
  }
}

Result<> VaultKeys::need(const std::vector<KeyPurpose>& purposes) {
  const auto missing = [&] {
    return with([&](const vault::KeyRing& ring) {
      std::vector<KeyPurpose> out;
      for (const auto& one : purposes)
        if (!ring.sealing(one) && std::ranges::find(out, one) == out.end()) out.push_back(one);
      return out;
    });
  };
  if (missing().empty()) return {};
  const std::lock_guard one_maker(making_);
  const auto wanted = missing();
  if (wanted.empty()) return {};
  std::vector<Wrapping> fresh;
  fresh.reserve(wanted.size());  // pointers into it are used while it grows
  std::vector<std::pair<store::VaultKey, vault::DataKey>> made;
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    for (const auto& purpose : wanted) {
      KeyRef ref{vault::KeyId::make(change.now(), changes_.random()), 1};
      for (const auto& [known, row] : rows_)  // one that was disabled has a next version
        if (row.label.purpose == purpose) ref = {known.id, known.version + 1};
      const KeyLabel label{ref, purpose};
      KW_TRY(const auto* under, wrapping(change, {purpose.data_class, purpose.district}, fresh));
      KW_TRY(auto key, under->key.create(label, changes_.random()));
      const store::VaultKey row{label, KeyState::active, std::move(key.wrapped), change.now(), change.now()};
      KW_CHECK(change.repositories().vault().insert_key(row));
      KW_CHECK(change.record({.type = "vault.key.made", .params = params_of(label)}));
      made.emplace_back(row, std::move(key.key));
    }
    return {};
  }));
  const std::unique_lock lock(mutex_);
  take(std::move(fresh));
  for (auto& [row, key] : made) {
    rows_.insert_or_assign(row.label.ref, row);
    KW_CHECK(ring_.add(std::move(key), KeyState::active));
  }
  return {};
}

Result<std::size_t> VaultKeys::renew(const std::string& scope, const std::string& district, const Actor& who) {
  const std::lock_guard one_maker(making_);
  struct Next {
    store::VaultKey old_row, row;
    vault::DataKey key;
  };
  std::vector<Next> next;
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    for (const auto& [ref, row] : rows_) {
      const auto& purpose = row.label.purpose;
      if (purpose.use == KeyUse::wrapping || row.state != KeyState::active || purpose.district != district ||
          !lies_in(purpose.scope, scope))
        continue;
      const auto under = wrapping_.find({purpose.data_class, purpose.district});
      if (under == wrapping_.end()) return fail(Errc::internal, "no wrapping key");
      const KeyLabel label{{ref.id, ref.version + 1}, purpose};
      KW_TRY(auto key, under->second.key.create(label, changes_.random()));
      Next one{row, {label, KeyState::active, std::move(key.wrapped), change.now(), change.now()}, std::move(key.key)};
      one.old_row.state = KeyState::decrypt_only;
      one.old_row.changed = change.now();
      KW_CHECK(change.repositories().vault().set_key(one.old_row));
      KW_CHECK(change.repositories().vault().insert_key(one.row));
      KW_CHECK(change.record({.type = "vault.key.made", .actor = who, .params = params_of(label)}));
      next.push_back(std::move(one));
    }
    return {};
  }));
  const std::unique_lock lock(mutex_);
  for (auto& one : next) {
    rows_.insert_or_assign(one.old_row.label.ref, one.old_row);
    rows_.insert_or_assign(one.row.label.ref, one.row);
    KW_CHECK(ring_.add(std::move(one.key), KeyState::pre_active));
    KW_CHECK(ring_.replace(one.row.label.ref));
  }
  return next.size();
}

Result<> VaultKeys::act(const KeyRef& ref, KeyAct act, const std::string& reason, const Actor& who) {
  const std::lock_guard one_maker(making_);
  const auto at = rows_.find(ref);
  if (at == rows_.end()) return fail(Errc::not_found, "key");
  auto row = at->second;
  if (row.label.purpose.use == KeyUse::wrapping)
    return fail(Errc::wrong_state, "a wrapping key goes when it is replaced");
  if (act == KeyAct::activate || act == KeyAct::retire) return fail(Errc::wrong_state, "a rotation does that");
  KW_TRY(row.state, vault::after(row.state, act));
  if (row.state == KeyState::destroyed) row.wrapped.clear();
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    row.changed = change.now();
    if (act == KeyAct::destroy) {
      KW_TRY(const auto files, change.repositories().vault().files_under(ref, 1));
      if (!files.empty()) return fail(Errc::conflict, "files are sealed under it: restore it, and they are moved");
    }
    KW_CHECK(change.repositories().vault().set_key(row));
    auto params = params_of(row.label);
    params["act"] = vault::name(act);
    params["state"] = vault::name(row.state);
    params["reason"] = reason;
    return change.record({.type = "vault.key.changed", .actor = who, .params = std::move(params)});
  }));
  const std::unique_lock lock(mutex_);
  rows_.insert_or_assign(ref, row);
  return ring_.act(ref, act);
}

Result<std::size_t> VaultKeys::rewrap(vault::DataClass data_class, const std::string& district, const Actor& who) {
  const std::lock_guard one_maker(making_);
  const auto at = wrapping_.find({data_class, district});
  if (at == wrapping_.end()) return fail(Errc::not_found, "no keys of this class and district");
  auto old_row = at->second.row;
  const KeyLabel label{{old_row.label.ref.id, old_row.label.ref.version + 1}, old_row.label.purpose};
  KW_TRY(auto made, root_.create(label, changes_.random()));
  KW_TRY(const auto mover, root_.rewrapper({old_row.label, old_row.wrapped}, {label, made.wrapped}));
  std::vector<store::VaultKey> moved;
  store::VaultKey new_row{label, KeyState::active, made.wrapped, {}, {}};
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    new_row.made = new_row.changed = old_row.changed = change.now();
    auto& repository = change.repositories().vault();
    KW_CHECK(repository.insert_key(new_row));
    for (const auto& [ref, row] : rows_) {
      const auto& purpose = row.label.purpose;
      if (purpose.use == KeyUse::wrapping || purpose.data_class != data_class || purpose.district != district ||
          row.state == KeyState::destroyed)
        continue;
      auto next = row;
      KW_TRY(next.wrapped, mover.rewrap(row.label, row.wrapped, changes_.random()));
      KW_CHECK(repository.set_key(next));
      moved.push_back(std::move(next));
    }
    old_row.state = KeyState::destroyed;
    old_row.wrapped.clear();
    KW_CHECK(repository.set_key(old_row));
    auto params = params_of(label);
    params["moved"] = std::to_string(moved.size());
    return change.record({.type = "vault.key.rewrapped", .actor = who, .params = std::move(params)});
  }));
  const std::unique_lock lock(mutex_);
  rows_.insert_or_assign(old_row.label.ref, old_row);
  rows_.insert_or_assign(label.ref, new_row);
  for (const auto& row : moved) rows_.insert_or_assign(row.label.ref, row);
  wrapping_.insert_or_assign({data_class, district}, Wrapping{new_row, std::move(made.key)});
  return moved.size();
}

std::vector<VaultKeyInfo> VaultKeys::list() const {
  const std::shared_lock lock(mutex_);
  std::vector<VaultKeyInfo> out;
  for (const auto& [ref, row] : rows_) out.push_back({row.label, row.state, row.made, row.changed});
  return out;
}

std::vector<std::string> VaultKeys::districts() const {
  const std::shared_lock lock(mutex_);
  std::set<std::string> out;
  for (const auto& [ref, row] : rows_) out.insert(row.label.purpose.district);
  return {out.begin(), out.end()};
}

}  // namespace kw::server
