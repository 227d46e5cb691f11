#pragma once
// RootKey and WrappingKey keep other keys as ciphertext; KeyRewrapper moves wrapped keys to another wrapping key.
//
//   root (handed in) -> WrappingKey of a class and district -> DataKey
//
//   octets header (form wrapped_key, the wrapping key's ID and version) | salt (16) | SM4-GCM(key of 32 octets)
//
// Associated data: header, salt, and the label of the wrapped key (use, class, district, scope, ID, version): a wrapped
// key that was moved to another label does not open. Opening: Errc::decrypt_failed, whatever the cause. A wrapping key
// wraps for its own class and district alone: Errc::wrong_usage.
// Whoever rewraps holds a KeyRewrapper: it gives out no key, so it opens no field. PURE; thread-safe. Why: ADR 101.
#include "base/random.h"
#include "vault/data_key.h"

namespace kw::vault {

inline constexpr std::size_t kWrappedKey = kHeader + kSalt + kKeyOctets + 16;

struct NewDataKey {
  DataKey key;
  Bytes wrapped;
};

class WrappingKey {
 public:
  [[nodiscard]] const KeyLabel& label() const noexcept { return key_.label(); }
  /// create makes a new random key under `label`.
  Result<NewDataKey> create(KeyLabel label, Random& random) const;
  Result<DataKey> unwrap(KeyLabel label, ByteView wrapped) const;

 private:
  friend class RootKey;
  friend class KeyRewrapper;
  explicit WrappingKey(DataKey key) : key_(std::move(key)) {}
  DataKey key_;
};

class KeyRewrapper {
 public:
  /// rewrap takes a key wrapped under the old key and wraps it under the new one; its label stays as it is.
  Result<Bytes> rewrap(const KeyLabel& label, ByteView wrapped, Random& random) const;
  [[nodiscard]] const KeyRef& from() const noexcept { return from_.label().ref; }
  [[nodiscard]] const KeyRef& to() const noexcept { return to_.label().ref; }

 private:
  friend class RootKey;
  KeyRewrapper(DataKey from, DataKey to) : from_(std::move(from)), to_(std::move(to)) {}
  DataKey from_, to_;
};

struct NewWrappingKey {
  WrappingKey key;
  Bytes wrapped;
};
/// A wrapping key as it is stored.
struct StoredWrappingKey {
  KeyLabel label;
  ByteView wrapped;
};

class RootKey {
 public:
  /// make takes at least 32 octets that a passphrase file or a module has opened; `ref` says which root it is.
  static Result<RootKey> make(KeyRef ref, const SecretBytes& secret);
  /// create and unwrap: `label` has use wrapping and no scope, Errc::wrong_usage otherwise.
  Result<NewWrappingKey> create(KeyLabel label, Random& random) const;
  Result<WrappingKey> unwrap(KeyLabel label, ByteView wrapped) const;
  /// rewrapper moves data keys from one wrapping key to another of the same class and district.
  Result<KeyRewrapper> rewrapper(const StoredWrappingKey& from, const StoredWrappingKey& to) const;
  /// rewrapper_to moves wrapping keys to a new root.
  [[nodiscard]] KeyRewrapper rewrapper_to(const RootKey& to) const;

 private:
  explicit RootKey(DataKey key) : key_(std::move(key)) {}
  DataKey key_;
};

/// wrapped_under says which key a wrapped key needs; errors as of read_header.
Result<KeyRef> wrapped_under(ByteView wrapped);

}  // namespace kw::vault
