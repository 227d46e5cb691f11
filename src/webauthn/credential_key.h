#pragma once
// CredentialKey is a passkey's public key: a COSE_Key (RFC 9053) of one of the algorithms that are taken.
//
// ES256 (-7) on P-256, RS256 (-257) and EdDSA (-8) on Ed25519: what every platform's authenticator has one of. PURE.
#include <variant>

#include "crypto/p256.h"
#include "crypto/signatures.h"
#include "webauthn/cbor.h"

namespace kw::webauthn {

struct Ed25519Key {
  Bytes octets;  // 32
};
using CredentialKey = std::variant<crypto::P256Point, crypto::RsaPublicKey, Ed25519Key>;

inline constexpr std::size_t kMostCoseKey = 1024;
/// The algorithms as navigator.credentials.create() is told them, best first.
inline constexpr std::array<int, 3> kAlgorithms{-7, -8, -257};

/// take_credential_key takes a COSE_Key off `in`. Errc::unsupported for another algorithm or curve, bad_key, malformed.
Result<CredentialKey> take_credential_key(CborReader& in);
/// parse_credential_key wants the key and nothing behind it.
Result<CredentialKey> parse_credential_key(ByteView cose);
/// verify: Errc::bad_signature, or bad_key for a point that is not on its curve. Signatures have the form of WebAuthn
/// section 6.5.6: DER for ES256.
Result<> verify(const CredentialKey& key, ByteView message, ByteView signature);

}  // namespace kw::webauthn
