#pragma once
// KeyRing holds the data keys that a program has open, with the state of each, and chooses among them.
//
// A purpose has one active version at most: it seals. Active and decrypt-only versions open. What is disabled,
// destroyed or unknown opens nothing, and nothing tells which it was. Not thread-safe; pointers live until the key is
// destroyed or the ring goes.
#include <map>
#include <memory>
#include <vector>

#include "vault/data_key.h"
#include "vault/key_state.h"

namespace kw::vault {

class KeyRing {
 public:
  /// add: Errc::already_exists for a version that is there, conflict for a second active one, or another purpose under
  /// the same ID; wrong_state for a destroyed one.
  Result<> add(DataKey key, KeyState state);
  /// act moves a key by the table of key_state.h: Errc::not_found, wrong_state, conflict for a second active version.
  /// A destroyed key is wiped at once; its state stays known.
  Result<> act(const KeyRef& ref, KeyAct act);
  /// replace makes `next`, which is pre-active, active, and retires what was active before, in one step.
  Result<> replace(const KeyRef& next);

  /// sealing: the active version; Errc::not_found where there is none.
  Result<const DataKey*> sealing(const KeyPurpose& purpose) const;
  /// opening: Errc::decrypt_failed unless the version is there and may open.
  Result<const DataKey*> opening(const KeyRef& ref) const;
  /// readable: every version that may open, newest first.
  [[nodiscard]] std::vector<const DataKey*> readable(const KeyPurpose& purpose) const;
  [[nodiscard]] Result<KeyState> state(const KeyRef& ref) const;

 private:
  struct Entry {
    KeyPurpose purpose;
    KeyState state;
    std::unique_ptr<const DataKey> key;  // null once destroyed
  };
  std::map<KeyRef, Entry> keys_;
  std::map<KeyPurpose, KeyRef> active_;
  std::map<KeyPurpose, std::vector<KeyRef>> versions_;
};

}  // namespace kw::vault
