#pragma once
// sm4_gcm_seal_once and sm4_gcm_open_once are SM4-GCM under a key of one message: the same octets as Sm4Gcm's, for one
// run of the cipher instead of three.
//
// For keys that are made for a message and used for nothing else. Above kMostOnce octets they are Sm4Gcm. Errors as of
// Sm4Gcm. PURE; any thread.
#include "crypto/sm4.h"

namespace kw::crypto {

inline constexpr std::size_t kMostOnce = 4096;

Result<Bytes> sm4_gcm_seal_once(ByteView key, ByteView nonce12, ByteView aad, ByteView plaintext);
Result<SecretBytes> sm4_gcm_open_once(ByteView key, ByteView nonce12, ByteView aad, ByteView sealed);

}  // namespace kw::crypto
