#pragma once
// SdfNumbers says how wide numbers are in a library's records; the functions beside it read and write these records.
//
//   ECCrefPublicKey  bits | x (64) | y (64)                  coordinates are right-aligned
//   ECCCipher        x (64) | y (64) | M (32) | L | C (L)
//
// Records carry no size, so the width is found out once, by a public key that lies on the curve under one width alone.
// Little-endian machines. PURE. Source: GM/T 0018 sections 5.5 and 5.6.
#include "crypto/sm2.h"
#include "platform/sdf/sealed_in_sdf.h"

namespace kw::platform {

enum class SdfNumbers : std::size_t { standard = 4, wide = 8 };

inline constexpr std::size_t kSdfRecordRoom = 512;  // more than any record of SM2 takes

struct SdfPublicKey {
  crypto::Sm2PublicKey key;
  SdfNumbers numbers;
};
/// read_sdf_public_key: Errc::unsupported for what is no key of SM2, or a record of another form.
Result<SdfPublicKey> read_sdf_public_key(ByteView record);
/// read_sdf_cipher takes a session key of 128 bits: Errc::unsupported for another size or form.
Result<SdfCipher> read_sdf_cipher(ByteView record, SdfNumbers numbers);
/// write_sdf_cipher gives kSdfRecordRoom octets.
[[nodiscard]] Bytes write_sdf_cipher(const SdfCipher& cipher, SdfNumbers numbers);

}  // namespace kw::platform
