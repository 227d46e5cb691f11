#pragma once
// CountingRandom and key_of are what the vault's tests make keys and salts of.
#include <algorithm>

#include "base/random.h"
#include "vault/key_ring.h"

namespace kw::vault {

/// Gives 0, 1, 2, ... from `start`, as tests/oracle/vault.py does; two salts are equal after 256 octets only.
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(unsigned start = 0) : at_(start) {}
  void fill(MutableByteView out) override {
    std::ranges::generate(out, [&] { return static_cast<Byte>(at_++); });
  }

 private:
  unsigned at_;
};

inline KeyId key_id(Byte n) {
  RawId raw;
  raw.fill(n);
  return KeyId(raw);
}

/// key_of makes a key of octets start, start + 1, ...
inline DataKey key_of(KeyUse use, std::string scope, KeyRef ref, Byte start = 0) {
  SecretBytes octets(kKeyOctets);
  std::ranges::generate(octets.reveal_mutable(), [&] { return start++; });
  return *DataKey::make({ref, {use, DataClass::personal, "futian", std::move(scope)}}, octets);
}

inline KeyPurpose purpose_of(KeyUse use, std::string scope) {
  return {use, DataClass::personal, "futian", std::move(scope)};
}

}  // namespace kw::vault
