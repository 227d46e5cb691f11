#pragma once
// verify_rsa_sha256 and verify_ed25519 verify signatures of keys that a person's device chooses (WebAuthn), by
// OpenSSL's EVP.
//
// The project's own signatures are SM2 (crypto/sm2.h); ECDSA on P-256 is in crypto/p256.h. PURE, thread-safe. Errors:
// bad_key for a key outside the bounds, bad_signature for everything else.
#include "base/bytes.h"

namespace kw::crypto {

/// Big-endian, without leading zeros: a modulus of 2048 to 4096 bits, an odd exponent of 3 or more in at most 4 octets.
struct RsaPublicKey {
  Bytes modulus, exponent;
};
/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2).
Result<> verify_rsa_sha256(const RsaPublicKey& key, ByteView message, ByteView signature);
/// PureEdDSA on Curve25519 (RFC 8032 section 5.1); the key has 32 octets.
Result<> verify_ed25519(ByteView key32, ByteView message, ByteView signature);

}  // namespace kw::crypto
