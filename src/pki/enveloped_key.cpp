#include "pki/enveloped_key.h"

#include "crypto/der.h"
#include "crypto/sm4.h"

namespace kw::pki {
namespace {

namespace tag = crypto::tag;
using crypto::der;

// 1.2.156.10197.1.104.1 (SM4 in ECB mode), and 1.2.156.10197.1.104 that some modules write in its place.
constexpr std::array<Byte, 8> kSm4Ecb{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x68, 0x01};
constexpr std::size_t kSm4Size = 7;
constexpr std::size_t kMost = 4096;
constexpr std::size_t kScalar = 32;

bool is_sm4(ByteView oid) { return equal(oid, kSm4Ecb) || equal(oid, ByteView(kSm4Ecb).first(kSm4Size)); }

Result<> check_algorithm(crypto::DerReader in) {
  KW_TRY(const auto oid, in.content(tag::kOid));
  if (!is_sm4(oid)) return fail(Errc::unsupported, "enveloped key under another cipher than SM4");
  if (!in.empty()) {
    KW_TRY(const auto null, in.content(tag::kNull));
    if (!null.empty()) return fail(Errc::malformed, "parameters of SM4-ECB");
  }
  return in.finish();
}

/// The scalar of 32 octets, or of 64 with zeros in front.
Result<crypto::Sm2PrivateKey> key_of(ByteView plain) {
  for (const Byte pad : plain.first(plain.size() - kScalar)) {
    if (pad != 0) return fail(Errc::decrypt_failed);
  }
  return crypto::Sm2PrivateKey::from_scalar(plain.last(kScalar));
}

}  // namespace

Result<Bytes> seal_enveloped_key(const crypto::Sm2PrivateKey& key, const crypto::Sm2PublicKey& recipient, Random& random) {
  const SecretBytes wrapping(random.bytes(crypto::kSm4Key));
  const auto scalar = key.scalar();
  KW_TRY(const auto wrapped_key, recipient.encrypt(wrapping.reveal()));
  KW_TRY(const auto wrapped_scalar, crypto::sm4_ecb_encrypt(wrapping.reveal(), scalar.reveal()));
  return der(tag::kSequence, {der(tag::kSequence, {der(tag::kOid, {kSm4Ecb})}), wrapped_key,
                              crypto::der_bit_string(key.public_key().point()), crypto::der_bit_string(wrapped_scalar)});
}

Result<crypto::Sm2PrivateKey> open_enveloped_key(ByteView sealed, const crypto::Sm2PrivateKey& recipient) {
  if (sealed.size() > kMost) return fail(Errc::too_large, "enveloped key");
  crypto::DerReader outer(sealed);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_CHECK(outer.finish());
  KW_TRY(const auto algorithm, in.enter(tag::kSequence));
  KW_CHECK(check_algorithm(algorithm));
  KW_TRY(const auto wrapped_key, in.element(tag::kSequence));
  KW_TRY(const auto point, in.bit_string());
  KW_TRY(const auto wrapped_scalar, in.bit_string());
  KW_CHECK(in.finish());
  if (wrapped_scalar.size() != kScalar && wrapped_scalar.size() != 2 * kScalar)
    return fail(Errc::malformed, "length of an enveloped key");

  KW_TRY(const auto wrapping, recipient.decrypt(wrapped_key.whole));
  if (wrapping.size() != crypto::kSm4Key) return fail(Errc::decrypt_failed);
  KW_TRY(auto plain, crypto::sm4_ecb_decrypt(wrapping.reveal(), wrapped_scalar));
  const SecretBytes scalar(std::move(plain));
  auto key = key_of(scalar.reveal());
  if (!key || !equal(key->public_key().point(), point)) return fail(Errc::decrypt_failed);
  return key;
}

}  // namespace kw::pki
