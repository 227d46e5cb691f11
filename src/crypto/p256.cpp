#include "crypto/p256.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <algorithm>
#include <string>

#include "crypto/sm2_impl.h"

namespace kw::crypto {
namespace {

constexpr std::size_t kNumber = 32;

using SignaturePtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

/// Right-aligned in 32 octets; false for a longer one.
bool put(ByteView number, MutableByteView out) {
  if (number.size() > out.size()) return false;
  std::ranges::fill(out, Byte{0});
  std::ranges::copy(number, out.last(number.size()).begin());
  return true;
}

Result<PkeyPtr> import_point(const P256Point& key) {
  Bytes point(1 + 2 * kNumber);
  const MutableByteView octets(point);
  point[0] = 0x04;
  if (!put(key.x, octets.subspan(1, kNumber)) || !put(key.y, octets.subspan(1 + kNumber, kNumber)))
    return fail(Errc::bad_key, "P-256 coordinate");
  std::string curve = "P-256";
  std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* out = nullptr;
  if (!ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1) return fail(Errc::crypto_failed, "P-256");
  if (EVP_PKEY_fromdata(ctx.get(), &out, EVP_PKEY_PUBLIC_KEY, params.data()) != 1)
    return fail(Errc::bad_key, "not a point of P-256");
  return PkeyPtr(out);
}

BnPtr number_of(ByteView octets) {
  return BnPtr(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
}

Result<Bytes> der_of(ByteView r, ByteView s) {
  if (r.size() > kNumber || s.size() > kNumber) return fail(Errc::bad_signature);
  const SignaturePtr signature(ECDSA_SIG_new());
  auto first = number_of(r), second = number_of(s);
  if (!signature || !first || !second) return fail(Errc::crypto_failed, "ECDSA signature");
  if (ECDSA_SIG_set0(signature.get(), first.get(), second.get()) != 1) return fail(Errc::crypto_failed, "ECDSA");
  static_cast<void>(first.release());  // the signature's from here on
  static_cast<void>(second.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return fail(Errc::crypto_failed, "ECDSA signature");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace

std::array<Byte, 32> sha256(ByteView octets) {
  std::array<Byte, 32> out{};
  ::SHA256(octets.data(), octets.size(), out.data());
  return out;
}

Result<> verify_p256(const P256Point& key, ByteView message, ByteView r, ByteView s) {
  KW_TRY(const auto pkey, import_point(key));
  KW_TRY(const auto der, der_of(r, s));
  const auto digest = sha256(message);
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
  if (!ctx || EVP_PKEY_verify_init(ctx.get()) != 1) return fail(Errc::crypto_failed, "ECDSA");
  if (EVP_PKEY_verify(ctx.get(), der.data(), der.size(), digest.data(), digest.size()) != 1)
    return fail(Errc::bad_signature);
  return {};
}

}  // namespace kw::crypto
