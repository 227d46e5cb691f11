#pragma once
// verify_p256 verifies ECDSA signatures on NIST P-256 over SHA-256: what TPMs sign their quotes with.
//
// The project's own signatures are SM2 (crypto/sm2.h); this is for keys that a part of the hardware chooses. PURE,
// thread-safe.
#include <array>

#include "base/bytes.h"

namespace kw::crypto {

[[nodiscard]] std::array<Byte, 32> sha256(ByteView octets);

/// The coordinates of a public key, big-endian; shorter than 32 octets where leading zeros are left out.
struct P256Point {
  Bytes x, y;
};
/// verify_p256: Errc::bad_key for a point that is not on the curve, Errc::bad_signature for everything else; r and s
/// are big-endian, at most 32 octets each.
Result<> verify_p256(const P256Point& key, ByteView message, ByteView r, ByteView s);

}  // namespace kw::crypto
