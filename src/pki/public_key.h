#pragma once
// parse_public_key reads an SM2 public key from a file's octets: SubjectPublicKeyInfo in a PEM block of type PUBLIC KEY
// (RFC 7468), or DER. PURE.
#include "crypto/sm2.h"

namespace kw::pki {

/// parse_public_key: Errc::malformed for broken PEM, Errc::bad_key.
Result<crypto::Sm2PublicKey> parse_public_key(ByteView file);

}  // namespace kw::pki
