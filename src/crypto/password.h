#pragma once
// hash_password stores passwords with scrypt (RFC 7914); totp computes one-time codes (RFC 6238, 30 s, 6 digits).
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"

namespace kw::crypto {

/// hash_password returns a self-describing text "scrypt$ln=15,r=8,p=1$salt$hash" (base64). Costs about 50 ms and 32 MiB.
Result<std::string> hash_password(std::string_view password, Random& random);
/// verify_password: false for a wrong password, an error only for a stored text that cannot be parsed.
Result<bool> verify_password(std::string_view password, std::string_view stored);
/// derive_key stretches a passphrase with scrypt into `length` octets.
Result<SecretBytes> derive_key(ByteView passphrase, ByteView salt, std::size_t length);

/// totp gives the code of a time step with HMAC-SHA1, as authenticator apps use it.
[[nodiscard]] std::string totp(ByteView secret, std::uint64_t step);
[[nodiscard]] inline std::uint64_t totp_step(Timestamp now) { return static_cast<std::uint64_t>(now.unix_seconds()) / 30; }

}  // namespace kw::crypto
