#pragma once
// sm2_signing_digest is what an SM2 signature is made over: SM3(Z || message) (GB/T 32918.2 section 6.1).
//
// For keys in tokens, which are given the digest and no message (GM/T 0016, SKF_ECCSignData). PURE, thread-safe.
#include "crypto/sm2.h"
#include "crypto/sm3.h"

namespace kw::crypto {

/// sm2_signing_digest: the distinguishing ID has fewer than 8192 octets, else Errc::too_large.
[[nodiscard]] Result<Digest> sm2_signing_digest(const Sm2PublicKey& key, ByteView message,
                                                std::string_view id = kSm2DefaultId);
/// sm2_sign_digest signs such a digest as a token does. Errc::invalid unless it has 32 octets.
[[nodiscard]] Result<Bytes> sm2_sign_digest(const Sm2PrivateKey& key, ByteView digest32);

}  // namespace kw::crypto
