#include "crypto/sm2_digest.h"

#include "crypto/sm2_impl.h"

namespace kw::crypto {

Result<Digest> sm2_signing_digest(const Sm2PublicKey& key, ByteView message, std::string_view id) {
  if (id.size() >= 8192) return fail(Errc::too_large, "distinguishing ID");
  return sm2_digest(key.impl(), id, message);
}

Result<Bytes> sm2_sign_digest(const Sm2PrivateKey& key, ByteView digest32) {
  if (digest32.size() != std::tuple_size_v<Digest>) return fail(Errc::invalid, "a digest has 32 octets");
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(nullptr, key.impl().pkey.get(), nullptr));
  std::size_t size = 0;
  if (!ctx || EVP_PKEY_sign_init(ctx.get()) != 1 ||
      EVP_PKEY_sign(ctx.get(), nullptr, &size, digest32.data(), digest32.size()) != 1)
    return fail(Errc::crypto_failed, "SM2 signature");
  Bytes out(size);
  if (EVP_PKEY_sign(ctx.get(), out.data(), &size, digest32.data(), digest32.size()) != 1)
    return fail(Errc::crypto_failed, "SM2 signature");
  out.resize(size);
  return out;
}

}  // namespace kw::crypto
