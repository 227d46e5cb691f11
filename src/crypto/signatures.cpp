#include "crypto/signatures.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "crypto/sm2_impl.h"

namespace kw::crypto {
namespace {

using DigestCtxPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;

constexpr std::size_t kLeastModulus = 256, kMostModulus = 512, kMostExponent = 4;
constexpr std::size_t kEd25519Key = 32, kEd25519Signature = 64;

BnPtr big_number(ByteView octets) { return BnPtr(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr)); }

Result<PkeyPtr> import_rsa(const RsaPublicKey& key) {
  const auto& n = key.modulus;
  const auto& e = key.exponent;
  if (n.size() < kLeastModulus || n.size() > kMostModulus || (n.front() & 0x80) == 0 || (n.back() & 1) == 0)
    return fail(Errc::bad_key, "RSA modulus");
  if (e.empty() || e.size() > kMostExponent || e.front() == 0 || (e.back() & 1) == 0 || (e.size() == 1 && e[0] < 3))
    return fail(Errc::bad_key, "RSA exponent");
  const auto modulus = big_number(n), exponent = big_number(e);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return fail(Errc::crypto_failed, "RSA");
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* out = nullptr;
  if (!params || !ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1) return fail(Errc::crypto_failed, "RSA");
  if (EVP_PKEY_fromdata(ctx.get(), &out, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return fail(Errc::bad_key, "RSA key");
  return PkeyPtr(out);
}

Result<> digest_verify(EVP_PKEY* key, const EVP_MD* digest, ByteView message, ByteView signature) {
  const DigestCtxPtr ctx(EVP_MD_CTX_new());
  if (!ctx || EVP_DigestVerifyInit(ctx.get(), nullptr, digest, nullptr, key) != 1)
    return fail(Errc::crypto_failed, "verification");
  // RSA's padding is PKCS#1 v1.5 unless another is set.
  if (EVP_DigestVerify(ctx.get(), signature.data(), signature.size(), message.data(), message.size()) != 1)
    return fail(Errc::bad_signature);
  return {};
}

}  // namespace

Result<> verify_rsa_sha256(const RsaPublicKey& key, ByteView message, ByteView signature) {
  KW_TRY(const auto pkey, import_rsa(key));
  if (signature.size() != key.modulus.size()) return fail(Errc::bad_signature);
  return digest_verify(pkey.get(), EVP_sha256(), message, signature);
}

Result<> verify_ed25519(ByteView key32, ByteView message, ByteView signature) {
  if (key32.size() != kEd25519Key) return fail(Errc::bad_key, "an Ed25519 key has 32 octets");
  if (signature.size() != kEd25519Signature) return fail(Errc::bad_signature);
  const PkeyPtr pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key32.data(), key32.size()));
  if (!pkey) return fail(Errc::bad_key, "Ed25519");
  return digest_verify(pkey.get(), nullptr, message, signature);
}

}  // namespace kw::crypto
