#pragma once
// KeySet holds the public keys of an authority that establishes who somebody is: a JSON Web Key Set (RFC 7517).
//
// A key says itself what it may verify: ES256 on P-256, RS256, EdDSA on Ed25519, and SM2 with SM3 (GB/T 32918, ID
// "1234567812345678"). The registry of JOSE has no word for SM2: this project reads kty "EC", crv "SM2" and alg "SM2",
// with r and s in 64 octets as for ES256 (ADR 110). Keys of other kinds, and those for encryption, are passed over, as
// RFC 7517 section 5 wants. PURE; immutable, thread-safe.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/p256.h"
#include "crypto/signatures.h"
#include "crypto/sm2.h"

namespace kw::realname {

struct EdwardsKey {
  Bytes octets;  // 32
};
using PublicKey = std::variant<crypto::P256Point, crypto::RsaPublicKey, EdwardsKey, crypto::Sm2PublicKey>;

struct Jwk {
  std::string id;  // kid; may be empty
  PublicKey key;
  /// algorithm is the one word that a signature of this key may carry.
  [[nodiscard]] std::string_view algorithm() const;
};

class KeySet {
 public:
  static constexpr std::size_t kMost = 32, kMostOctets = 64 * 1024;
  /// parse: Errc::malformed, too_large, bad_key for a key of a known kind that is none, not_found where none is of use.
  static Result<KeySet> parse(std::string_view json);
  /// find gives the key of this ID and algorithm; without an ID the only key of the algorithm. Null: there is none.
  [[nodiscard]] const Jwk* find(std::string_view id, std::string_view algorithm) const;
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

 private:
  std::vector<Jwk> keys_;
};

/// verify_with: Errc::bad_signature, or bad_key for a point that is not on its curve.
Result<> verify_with(const Jwk& key, ByteView message, ByteView signature);

}  // namespace kw::realname
