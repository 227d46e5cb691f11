#include "pki/public_key.h"

#include "crypto/pem.h"

namespace kw::pki {

Result<crypto::Sm2PublicKey> parse_public_key(ByteView file) {
  auto text = text_of(file);
  const auto spki = crypto::pem_find(text, "PUBLIC KEY");
  if (!spki && spki.code() == Errc::not_found) return crypto::Sm2PublicKey::from_spki(file);
  if (!spki) return spki.error();
  return crypto::Sm2PublicKey::from_spki(spki->reveal());
}

}  // namespace kw::pki
