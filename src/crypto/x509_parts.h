#pragma once
// Pieces shared by certificates, requests and revocation lists; internal to src/crypto.
#include <vector>

#include "crypto/der.h"
#include "crypto/x509.h"

namespace kw::crypto {

inline constexpr std::size_t kMostSerial = 20;  // RFC 5280, 4.1.2.2

/// Signed is SIGNED{ToBeSigned} of X.509: what was signed, and the signature. The algorithm has been checked.
struct SignedParts {
  ByteView tbs;  // whole element
  ByteView algorithm;
  ByteView signature;
};

/// open_signed takes exactly one such structure off `der`; anything but SM2 with SM3 is Errc::unsupported.
Result<SignedParts> open_signed(ByteView der);
/// sign_parts signs `tbs` and wraps it up.
Result<Bytes> sign_parts(ByteView tbs, const Sm2PrivateKey& key);
/// algorithm_sm2_sm3 is the DER AlgorithmIdentifier written by this platform (parameters absent).
[[nodiscard]] ByteView algorithm_sm2_sm3() noexcept;

/// parse_name takes the content of a Name element. Attributes outside `Name` are skipped.
Result<Name> parse_name(ByteView rdn_sequence);

struct Extension {
  ByteView oid;
  bool critical = false;
  ByteView value;
};
/// parse_extensions takes a SEQUENCE OF Extension; at most 32, none twice.
Result<std::vector<Extension>> parse_extensions(DerReader in);
[[nodiscard]] Bytes der_extension(ByteView oid, bool critical, ByteView value);

namespace oid {
inline constexpr std::array<Byte, 3> kSubjectKeyId = {0x55, 0x1d, 0x0e}, kKeyUsage = {0x55, 0x1d, 0x0f},
                                     kSubjectAltName = {0x55, 0x1d, 0x11}, kBasicConstraints = {0x55, 0x1d, 0x13},
                                     kCrlNumber = {0x55, 0x1d, 0x14}, kReasonCode = {0x55, 0x1d, 0x15},
                                     kAuthorityKeyId = {0x55, 0x1d, 0x23};
}  // namespace oid

/// key_identifier is the leftmost 160 bits of SM3 over the public point (RFC 7093 section 2 (1), with SM3).
[[nodiscard]] Bytes key_identifier(const Sm2PublicKey& key);
[[nodiscard]] Bytes authority_key_id_extension(ByteView key_id);

}  // namespace kw::crypto
