#pragma once
// VaultKeys holds the vault's keys open: root, wrapping keys of each class and district, data keys of each purpose.
//
//   root (keys/vault-root.key) -> wrapping key of (class, district) -> data key of (use, class, district, scope)
//
//   KW_CHECK(keys.need({purpose, ...}));                       makes what is not there, durable before it is used
//   keys.with([&](const vault::KeyRing& ring) { ... });        nobody changes the ring meanwhile
//
// States and acts: vault/key_state.h. Rewrapping holds no key that opens data (vault::KeyRewrapper). Thread-safe.
// Source: clause 7.5; ADR 101, 111.
#include <map>
#include <shared_mutex>

#include "server/change.h"
#include "vault/key_ring.h"
#include "vault/wrap.h"

namespace kw::server {

/// What is told of a key; the octets never are.
struct VaultKeyInfo {
  vault::KeyLabel label;
  vault::KeyState state = vault::KeyState::pre_active;
  Timestamp made, changed;
};

class VaultKeys {
 public:
  VaultKeys(Changes& changes, vault::RootKey root) : changes_(changes), root_(std::move(root)) {}
  /// load opens every key of the store. Errc::decrypt_failed where one is not this root's.
  Result<> load();

  /// need makes active keys for purposes that have none. Purposes of use wrapping are not for callers.
  Result<> need(const std::vector<vault::KeyPurpose>& purposes);
  template <class F>
  auto with(F&& work) const {
    const std::shared_lock lock(mutex_);
    return work(ring_);
  }
  /// renew makes a next version of every data key that has this scope or lies below it ("scope/..."), in one district;
  /// those before can open only. It gives how many.
  Result<std::size_t> renew(const std::string& scope, const std::string& district, const Actor& who);
  /// act moves one key. A key that seals is not retired by hand: renew does it. Errc::conflict for the destruction of
  /// one that files are sealed under.
  Result<> act(const vault::KeyRef& ref, vault::KeyAct act, const std::string& reason, const Actor& who);
  /// rewrap gives a class and district a new wrapping key and moves all data keys under it; again after a stop goes on.
  Result<std::size_t> rewrap(vault::DataClass data_class, const std::string& district, const Actor& who);
  [[nodiscard]] std::vector<VaultKeyInfo> list() const;
  /// districts are those that have keys.
  [[nodiscard]] std::vector<std::string> districts() const;

 private:
  using Place = std::pair<vault::DataClass, std::string>;
  struct Wrapping {
    store::VaultKey row;
    vault::WrappingKey key;
  };
  Result<> load_wrapping(const store::VaultKey& row);
  Result<const Wrapping*> wrapping(Change& change, const Place& place, std::vector<Wrapping>& fresh);
  void take(std::vector<Wrapping> fresh);

  Changes& changes_;
  vault::RootKey root_;
  mutable std::shared_mutex mutex_;
  std::mutex making_;  // one maker of keys at a time; taken before mutex_
  vault::KeyRing ring_;
  std::map<Place, Wrapping> wrapping_;  // the newest of each
  std::map<vault::KeyRef, store::VaultKey> rows_;
};

}  // namespace kw::server
