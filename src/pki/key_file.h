#pragma once
// seal_key and open_key are the stored form of private keys: SM4-GCM under a key derived from some secret.
//
// Octets: "KWKEY" 0x01 | purpose (u8 length, text) | salt (16) | nonce (12) | SM4-GCM(PKCS#8) with everything before
// it as associated data. Key: HKDF-SM3(secret, salt, "kioskward key file" purpose), 16 octets. PURE.
#include "base/random.h"
#include "base/secret.h"
#include "crypto/sm2.h"

namespace kw::pki {

/// `purpose` names what the key is for ("device signing"); a file opens only under the purpose it was sealed for.
Result<Bytes> seal_key(const crypto::Sm2PrivateKey& key, std::string_view purpose, ByteView secret, Random& random);
/// open_key: Errc::malformed or unsupported for something that is no key file, Errc::decrypt_failed for all else.
Result<crypto::Sm2PrivateKey> open_key(ByteView file, std::string_view purpose, ByteView secret);

/// The same form for other secrets (TOTP seeds, spool keys); `data` up to 64 KiB.
Result<Bytes> seal_secret(ByteView data, std::string_view purpose, ByteView secret, Random& random);
Result<SecretBytes> open_secret(ByteView file, std::string_view purpose, ByteView secret);

}  // namespace kw::pki
