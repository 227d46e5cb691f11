#include "pki/token.h"

#include <algorithm>

#include "crypto/sm2_digest.h"

namespace kw::pki {

Result<Bytes> Token::sign(ByteView message, std::string_view id) {
  KW_TRY(const auto digest, crypto::sm2_signing_digest(public_key(), message, id));
  KW_TRY(auto signature, sign_digest(digest));
  KW_CHECK(public_key().verify(message, signature, id));
  return signature;
}

Result<> check_pin(const SecretBytes& pin) {
  const auto octets = pin.reveal();
  if (octets.empty() || octets.size() > kMostPin || std::ranges::find(octets, Byte{0}) != octets.end())
    return fail(Errc::invalid, "PIN: 1 to 32 characters");
  return {};
}

}  // namespace kw::pki
