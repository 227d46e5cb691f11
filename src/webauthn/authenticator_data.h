#pragma once
// AuthenticatorData is what an authenticator signs (WebAuthn Level 2 section 6.1), and what an attestation object
// wraps (section 6.5.4). PURE; views are copied. Errors: truncated, malformed, unsupported, too_large, trailing_data.
#include <optional>

#include "webauthn/credential_key.h"

namespace kw::webauthn {

inline constexpr std::size_t kMostAuthenticatorData = 4096;
inline constexpr std::size_t kMostAttestationObject = 16 * 1024;
inline constexpr std::size_t kMostCredentialId = 1023;  // section 4, Credential ID

struct AttestedCredential {
  Bytes id;
  Bytes cose_key;  // as it was written
  CredentialKey key;
};
struct AuthenticatorData {
  Bytes rp_id_hash;  // 32
  bool user_present = false, user_verified = false;
  std::uint32_t counter = 0;
  std::optional<AttestedCredential> credential;
};

Result<AuthenticatorData> parse_authenticator_data(ByteView octets);

/// parse_attestation_object: the attestation statement is passed over, whatever its format (ADR 82).
Result<AuthenticatorData> parse_attestation_object(ByteView octets);

}  // namespace kw::webauthn
