#pragma once
// Token is a person's key in hardware (a UKey): it signs with SM2 and never gives the key away.
//
//   KW_TRY(auto token, platform::open_skf_token(library, which));   // a port; the adapter is src/platform/skf
//   KW_CHECK(token->show_pin(pin));
//   KW_TRY(const auto signature, token->sign(message));             // DER, as Sm2PublicKey::verify takes it
//
// Errors, the same for every call:
//   unavailable    the token is not there (any more), or does not answer
//   forbidden      wrong PIN; tries_left() tells how many are left
//   rate_limited   the PIN is locked: whoever issued the token unlocks it
//   wrong_state    no PIN was shown
//   not_found      what is asked for is not on it
//   unsupported    it lacks what is needed; io: anything else it answers
// Calls take up to seconds. Not thread-safe. The words follow GM/T 0016 (SKF).
#include <memory>

#include "base/secret.h"
#include "crypto/sm2.h"

namespace kw::pki {

class Token {
 public:
  virtual ~Token() = default;
  /// public_key is that of the signing key.
  [[nodiscard]] virtual const crypto::Sm2PublicKey& public_key() const = 0;
  /// certificate is the signing certificate in DER. Errc::not_found where none is on it.
  virtual Result<Bytes> certificate() = 0;
  /// tries_left is how often a wrong PIN may still be shown; 0: locked.
  virtual Result<unsigned> tries_left() = 0;
  /// show_pin opens the token for signing until it is closed. A wrong one costs a try. Errc::invalid, without asking
  /// the token, for a PIN that is empty, longer than 32 octets or holds a NUL.
  virtual Result<> show_pin(const SecretBytes& pin) = 0;
  /// sign_digest signs 32 octets as they are: the DER of r and s.
  virtual Result<Bytes> sign_digest(ByteView digest32) = 0;
  /// sign signs a message of any length with SM3 and `id`, and has looked at the signature: Errc::bad_signature for a
  /// token that signs something else.
  Result<Bytes> sign(ByteView message, std::string_view id = crypto::kSm2DefaultId);
};

inline constexpr std::size_t kMostPin = 32;
/// check_pin: Errc::invalid as show_pin says.
Result<> check_pin(const SecretBytes& pin);

}  // namespace kw::pki
