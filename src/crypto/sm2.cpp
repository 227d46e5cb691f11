// Signing, verifying, encrypting and decrypting with SM2.
#include "crypto/sm2.h"

#include "crypto/der.h"
#include "crypto/sm2_impl.h"

namespace kw::crypto {
namespace {

// a, b, x_G, y_G of the recommended curve (GB/T 32918.5-2017).
constexpr std::array<Byte, 128> kCurve = {
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0x28, 0xe9, 0xfa, 0x9e, 0x9d, 0x9f,
    0x5e, 0x34, 0x4d, 0x5a, 0x9e, 0x4b, 0xcf, 0x65, 0x09, 0xa7, 0xf3, 0x97, 0x89, 0xf5, 0x15, 0xab, 0x8f, 0x92, 0xdd,
    0xbc, 0xbd, 0x41, 0x4d, 0x94, 0x0e, 0x93, 0x32, 0xc4, 0xae, 0x2c, 0x1f, 0x19, 0x81, 0x19, 0x5f, 0x99, 0x04, 0x46,
    0x6a, 0x39, 0xc9, 0x94, 0x8f, 0xe3, 0x0b, 0xbf, 0xf2, 0x66, 0x0b, 0xe1, 0x71, 0x5a, 0x45, 0x89, 0x33, 0x4c, 0x74,
    0xc7, 0xbc, 0x37, 0x36, 0xa2, 0xf4, 0xf6, 0x77, 0x9c, 0x59, 0xbd, 0xce, 0xe3, 0x6b, 0x69, 0x21, 0x53, 0xd0, 0xa9,
    0x87, 0x7c, 0xc6, 0x2a, 0x47, 0x40, 0x02, 0xdf, 0x32, 0xe5, 0x21, 0x39, 0xf0, 0xa0};

constexpr std::size_t kMostSignature = 72;

PkeyCtxPtr context_of(const PkeyPtr& key) { return PkeyCtxPtr(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)); }

// OpenSSL would ignore octets after the ciphertext's SEQUENCE and takes BER; this does not.
Result<> check_ciphertext(ByteView der) {
  DerReader outer(der);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_CHECK(outer.finish());
  KW_CHECK(in.unsigned_integer());
  KW_CHECK(in.unsigned_integer());
  KW_CHECK(in.content(tag::kOctetString));
  KW_CHECK(in.content(tag::kOctetString));
  return in.finish();
}

}  // namespace

Digest sm2_z(const Sm2PublicKey::Impl& key, std::string_view id) {
  const std::array<Byte, 2> bits = {static_cast<Byte>(id.size() * 8 >> 8), static_cast<Byte>(id.size() * 8)};
  return sm3_concat({bits, bytes_of(id), kCurve, ByteView(key.point).subspan(1)});
}

Digest sm2_digest(const Sm2PublicKey::Impl& key, std::string_view id, ByteView message) {
  return sm3_concat({id == kSm2DefaultId ? key.default_z : sm2_z(key, id), message});
}

Result<> Sm2PublicKey::verify(ByteView message, ByteView signature_der, std::string_view id) const {
  if (signature_der.empty() || signature_der.size() > kMostSignature) return fail(Errc::bad_signature);
  const Digest digest = sm2_digest(*impl_, id, message);
  const PkeyCtxPtr ctx = context_of(impl_->pkey);
  if (!ctx || EVP_PKEY_verify_init(ctx.get()) != 1) return fail(Errc::crypto_failed, "SM2 verification");
  if (EVP_PKEY_verify(ctx.get(), signature_der.data(), signature_der.size(), digest.data(), digest.size()) != 1) {
    return fail(Errc::bad_signature);
  }
  return {};
}

Result<Bytes> Sm2PublicKey::encrypt(ByteView plaintext) const {
  if (plaintext.empty()) return fail(Errc::malformed, "SM2 encrypts at least one octet");
  if (plaintext.size() > kSm2MostText) return fail(Errc::too_large, "SM2 plaintext");
  const PkeyCtxPtr ctx = context_of(impl_->pkey);
  std::size_t length = 0;
  if (!ctx || EVP_PKEY_encrypt_init(ctx.get()) != 1 ||
      EVP_PKEY_encrypt(ctx.get(), nullptr, &length, plaintext.data(), plaintext.size()) != 1) {
    return fail(Errc::crypto_failed, "SM2 encryption");
  }
  Bytes out(length);
  if (EVP_PKEY_encrypt(ctx.get(), out.data(), &length, plaintext.data(), plaintext.size()) != 1) {
    return fail(Errc::crypto_failed, "SM2 encryption");
  }
  // OpenSSL reports the room it reserved where a coordinate is short; the SEQUENCE itself tells the true length.
  DerReader reader(ByteView(out).first(length));
  KW_TRY(const auto element, reader.element(tag::kSequence));
  out.resize(element.whole.size());
  return out;
}

Result<Bytes> Sm2PrivateKey::sign(ByteView message, std::string_view id) const {
  if (id.size() >= 8192) return fail(Errc::too_large, "distinguishing ID");
  const Digest digest = sm2_digest(impl_->public_key.impl(), id, message);
  const PkeyCtxPtr ctx = context_of(impl_->pkey);
  Bytes out(kMostSignature);
  std::size_t length = out.size();
  if (!ctx || EVP_PKEY_sign_init(ctx.get()) != 1 ||
      EVP_PKEY_sign(ctx.get(), out.data(), &length, digest.data(), digest.size()) != 1) {
    return fail(Errc::crypto_failed, "SM2 signature");
  }
  out.resize(length);
  return out;
}

Result<SecretBytes> Sm2PrivateKey::decrypt(ByteView ciphertext_der) const {
  if (ciphertext_der.size() > kSm2MostText + 256 || !check_ciphertext(ciphertext_der)) {
    return fail(Errc::decrypt_failed);
  }
  const PkeyCtxPtr ctx = context_of(impl_->pkey);
  SecretBytes room(ciphertext_der.size());
  std::size_t length = room.size();
  if (!ctx || EVP_PKEY_decrypt_init(ctx.get()) != 1 ||
      EVP_PKEY_decrypt(ctx.get(), room.reveal_mutable().data(), &length, ciphertext_der.data(),
                       ciphertext_der.size()) != 1 ||
      length > room.size()) {
    return fail(Errc::decrypt_failed);
  }
  return SecretBytes::copy_of(room.reveal().first(length));
}

}  // namespace kw::crypto
