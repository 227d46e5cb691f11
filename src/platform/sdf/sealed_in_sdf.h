#pragma once
// SealedInSdf is a secret as a cryptographic module has sealed it: what lies on the disk.
//
// Octets: "KWSDF" 0x01 | key (32) | cipher: x (32) y (32) M (32) C (16) | iv (16) | SM4-CBC of the secret (32)
//         | signature: r (32) s (32)
// `key` is SM3 of the module's two public keys (04 X Y each: signature, encryption). `cipher` is a session key of SM4,
// made in the module and under its own SM2 key (GM/T 0018, SDF_GenerateKeyWithIPK_ECC); it seals this secret and
// nothing else. The signature is the module's (SM2 with SM3, default ID) over "kioskward sealed in sdf:" | context (u8
// length) | all octets before the signature. Why: ADR 121. PURE.
#include <array>

#include "base/bytes.h"
#include "base/result.h"

namespace kw::platform {

/// A session key under an SM2 key, as octets of 256-bit numbers.
struct SdfCipher {
  std::array<Byte, 32> x{}, y{}, hash{};
  std::array<Byte, 16> key{};
};

struct SealedInSdf {
  std::array<Byte, 32> key{};
  SdfCipher cipher;
  std::array<Byte, 16> iv{};
  std::array<Byte, 32> secret{};  // under the session key
  std::array<Byte, 32> r{}, s{};

  /// message is what the module signs.
  [[nodiscard]] Bytes message(std::string_view context) const;
  [[nodiscard]] Bytes octets() const;
};

/// parse_sealed_in_sdf: Errc::malformed for what is not this form, Errc::unsupported for a newer one.
Result<SealedInSdf> parse_sealed_in_sdf(ByteView octets);

}  // namespace kw::platform
