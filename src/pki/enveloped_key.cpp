#include "pki/enveloped_key.h"

#include "crypto/sm4.h"
#include "pki/der.h"

namespace kw::pki {
namespace {

// 1.2.156.10197.1.104.1 (SM4 in ECB mode), and 1.2.156.10197.1.104 that some modules write in its place.
constexpr std::array<Byte, 8> kSm4Ecb{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x68, 0x01};
constexpr std::size_t kSm4Size = 7;
constexpr std::size_t kMost = 4096;
constexpr std::size_t kScalar = 32;

ByteView algorithm() { return kSm4Ecb; }

bool is_sm4(ByteView oid) { return equal(oid, algorithm()) || equal(oid, ByteView(kSm4Ecb).first(kSm4Size)); }

}  // namespace

Result<Bytes> seal_enveloped_key(const crypto::Sm2PrivateKey& key, const crypto::Sm2PublicKey& recipient, Random& random) {
  const SecretBytes wrapping(random.bytes(crypto::kSm4Key));
  const auto scalar = key.scalar();
  KW_TRY(const auto wrapped_key, recipient.encrypt(wrapping.reveal()));
  KW_TRY(const auto wrapped_scalar, crypto::sm4_ecb_encrypt(wrapping.reveal(), scalar.reveal()));
  Bytes content = der_wrap(kDerSequence, der_wrap(kDerOid, algorithm()));
  append(content, wrapped_key);
  append(content, der_wrap_bits(key.public_key().point()));
  append(content, der_wrap_bits(wrapped_scalar));
  return der_wrap(kDerSequence, content);
}

Result<crypto::Sm2PrivateKey> open_enveloped_key(ByteView der, const crypto::Sm2PrivateKey& recipient) {
  if (der.size() > kMost) return fail(Errc::too_large, "enveloped key");
  Reader outer(der);
  KW_TRY(const auto content, der_field(outer, kDerSequence));
  KW_CHECK(outer.finish());
  Reader in(content);
  KW_TRY(const auto algorithm_id, der_field(in, kDerSequence));
  Reader algorithm_in(algorithm_id);
  KW_TRY(const auto oid, der_field(algorithm_in, kDerOid));
  if (!is_sm4(oid)) return fail(Errc::unsupported, "enveloped key under another cipher than SM4");
  KW_TRY(const auto wrapped_key, der_element(in, kDerSequence));
  KW_TRY(const auto point, der_bits(in));
  KW_TRY(const auto wrapped_scalar, der_bits(in));
  KW_CHECK(in.finish());
  if (wrapped_scalar.size() != kScalar && wrapped_scalar.size() != 2 * kScalar)
    return fail(Errc::malformed, "length of an enveloped key");

  KW_TRY(const auto wrapping, recipient.decrypt(wrapped_key));
  if (wrapping.size() != crypto::kSm4Key) return fail(Errc::decrypt_failed);
  KW_TRY(auto plain, crypto::sm4_ecb_decrypt(wrapping.reveal(), wrapped_scalar));
  const SecretBytes scalar(std::move(plain));
  auto key = crypto::Sm2PrivateKey::from_scalar(scalar.reveal().last(kScalar));
  if (!key || !equal(key->public_key().point(), point)) return fail(Errc::decrypt_failed);
  return key;
}

}  // namespace kw::pki
