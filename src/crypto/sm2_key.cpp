// Making, reading and writing SM2 keys.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include <algorithm>
#include <bit>

#include "crypto/der.h"
#include "crypto/pem.h"
#include "crypto/sm2_impl.h"

namespace kw::crypto {
namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;

const EC_GROUP* group() {
  static const GroupPtr curve(EC_GROUP_new_by_curve_name(NID_sm2));
  return curve.get();
}

constexpr std::size_t kMostPkcs8 = 4096;

// SEQUENCE { id-ecPublicKey, sm2p256v1 }: GM/T 0006, RFC 5480.
constexpr std::array<Byte, 21> kAlgorithm = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                             0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};

Result<PkeyPtr> import_key(ByteView point, ByteView scalar) {
  std::string name = "SM2";
  Bytes public_octets = copy(point);
  SecretBytes native(scalar.size());  // OpenSSL takes integers in the machine's order
  std::ranges::reverse_copy(scalar, native.reveal_mutable().begin());
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(native.reveal_mutable());
  std::array<OSSL_PARAM, 4> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_octets.data(), public_octets.size()),
      OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (!scalar.empty()) {
    params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.reveal_mutable().data(), native.size());
  }
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
  EVP_PKEY* out = nullptr;
  if (!ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1) return fail(Errc::crypto_failed, "SM2");
  if (EVP_PKEY_fromdata(ctx.get(), &out, scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, params.data()) != 1) {
    return fail(Errc::bad_key, "not an SM2 key");
  }
  return PkeyPtr(out);
}

Result<Sm2PublicKey> make_public(PkeyPtr pkey, ByteView point) {
  Sm2PublicKey::Impl impl{std::move(pkey), {}, {}};
  std::ranges::copy(point, impl.point.begin());
  auto shared = std::make_shared<Sm2PublicKey::Impl>(std::move(impl));
  shared->default_z = sm2_z(*shared, kSm2DefaultId);
  return Sm2PublicKey(std::move(shared));
}

// The scalar of an ECPrivateKey (RFC 5915); the public key in it, where present, must belong to it.
Result<Sm2PrivateKey> from_ec_private_key(ByteView der) {
  DerReader outer(der);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_CHECK(outer.finish());
  KW_TRY(const auto version, in.small_integer());
  if (version != 1) return fail(Errc::unsupported, "ECPrivateKey version");
  KW_TRY(const auto scalar, in.content(tag::kOctetString));
  if (in.next_is(tag::context(0))) KW_CHECK(in.any());
  KW_TRY(auto key, Sm2PrivateKey::from_scalar(scalar));
  if (in.next_is(tag::context(1))) {
    KW_TRY(auto wrapped, in.enter(tag::context(1)));
    KW_TRY(const auto point, wrapped.bit_string());
    KW_CHECK(wrapped.finish());
    if (!equal(point, key.public_key().point())) return fail(Errc::bad_key, "public and private key differ");
  }
  KW_CHECK(in.finish());
  return key;
}

Result<Sm2PrivateKey> from_pkcs8_der(ByteView der) {
  DerReader outer(der);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_CHECK(outer.finish());
  KW_TRY(const auto version, in.small_integer());
  if (version > 1) return fail(Errc::unsupported, "PKCS#8 version");
  KW_TRY(const auto algorithm, in.element(tag::kSequence));
  if (!equal(algorithm.whole, kAlgorithm)) return fail(Errc::unsupported, "not an SM2 private key");
  KW_TRY(const auto inner, in.content(tag::kOctetString));
  if (in.next_is(tag::context(0))) KW_CHECK(in.any());                 // attributes
  if (in.next_is(tag::context(1, false))) KW_CHECK(in.any());          // public key of RFC 5958
  KW_CHECK(in.finish());
  return from_ec_private_key(inner);
}

}  // namespace

Result<Sm2PublicKey> Sm2PublicKey::from_point(ByteView point65) {
  if (point65.size() != kSm2Point || point65[0] != 0x04) return fail(Errc::bad_key, "not an uncompressed point");
  KW_TRY(auto pkey, import_key(point65, {}));
  return make_public(std::move(pkey), point65);
}

Result<Sm2PublicKey> Sm2PublicKey::from_spki(ByteView der) {
  if (der.size() > 1024) return fail(Errc::too_large, "SubjectPublicKeyInfo");
  DerReader outer(der);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_CHECK(outer.finish());
  KW_TRY(const auto algorithm, in.element(tag::kSequence));
  if (!equal(algorithm.whole, kAlgorithm)) return fail(Errc::unsupported, "not an SM2 public key");
  KW_TRY(const auto point, in.bit_string());
  KW_CHECK(in.finish());
  return from_point(point);
}

Bytes Sm2PublicKey::point() const { return copy(impl_->point); }
Bytes Sm2PublicKey::spki() const { return der(tag::kSequence, {kAlgorithm, der_bit_string(impl_->point)}); }
Bytes Sm2PublicKey::key_id() const { return copy(sm3(spki())); }

Result<Sm2PrivateKey> Sm2PrivateKey::generate() {
  const BnPtr k(BN_secure_new());
  const BnPtr most(BN_dup(EC_GROUP_get0_order(group())));
  SecretBytes scalar(kSm2Scalar);
  // 1 <= d <= n-2 (GB/T 32918.1 section 6.1).
  if (!k || !most || BN_sub_word(most.get(), 2) != 1 || BN_priv_rand_range(k.get(), most.get()) != 1 ||
      BN_add_word(k.get(), 1) != 1 ||
      BN_bn2binpad(k.get(), scalar.reveal_mutable().data(), static_cast<int>(scalar.size())) < 0) {
    return fail(Errc::crypto_failed, "SM2 key generation");
  }
  return from_scalar(scalar.reveal());
}

Result<Sm2PrivateKey> Sm2PrivateKey::from_scalar(ByteView scalar32) {
  if (scalar32.size() != kSm2Scalar) return fail(Errc::bad_key, "an SM2 private key has 32 octets");
  const BnPtr k(BN_secure_new());
  const BnPtr most(BN_dup(EC_GROUP_get0_order(group())));
  const PointPtr point(EC_POINT_new(group()));
  if (!k || !most || !point || BN_bin2bn(scalar32.data(), static_cast<int>(scalar32.size()), k.get()) == nullptr ||
      BN_sub_word(most.get(), 1) != 1) {
    return fail(Errc::crypto_failed, "SM2");
  }
  if (BN_is_zero(k.get()) || BN_cmp(k.get(), most.get()) >= 0) return fail(Errc::bad_key, "SM2 scalar out of range");
  BN_set_flags(k.get(), BN_FLG_CONSTTIME);
  std::array<Byte, kSm2Point> octets{};
  if (EC_POINT_mul(group(), point.get(), k.get(), nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group(), point.get(), POINT_CONVERSION_UNCOMPRESSED, octets.data(), octets.size(), nullptr) !=
          octets.size()) {
    return fail(Errc::crypto_failed, "SM2");
  }
  KW_TRY(auto pkey, import_key(octets, scalar32));
  KW_TRY(auto public_key, Sm2PublicKey::from_point(octets));
  return Sm2PrivateKey(
      std::make_shared<Impl>(Impl{std::move(pkey), SecretBytes::copy_of(scalar32), std::move(public_key)}));
}

Result<Sm2PrivateKey> Sm2PrivateKey::from_pkcs8(ByteView der_or_pem) {
  if (der_or_pem.size() > kMostPkcs8) return fail(Errc::too_large, "private key");
  if (!der_or_pem.empty() && der_or_pem[0] == tag::kSequence) return from_pkcs8_der(der_or_pem);
  std::string_view text = text_of(der_or_pem);
  KW_TRY(const auto der, pem_find(text, "PRIVATE KEY"));
  return from_pkcs8_der(der.reveal());
}

SecretBytes Sm2PrivateKey::pkcs8() const {
  // Written into one wiped buffer: the DER writer would leave copies of the scalar behind.
  const Bytes point = der(tag::context(1), {der_bit_string(impl_->public_key.impl().point)});
  static constexpr std::array<Byte, 3> kVersion0 = {0x02, 0x01, 0x00};
  static constexpr std::array<Byte, 7> kHead = {0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20};
  static constexpr std::array<Byte, 3> kOuter = {0x30, 0x81, 0x87};
  static constexpr std::array<Byte, 2> kOctets = {0x04, 0x6d};
  SecretBytes out(kOuter.size() + 0x87);
  auto at = out.reveal_mutable().begin();
  for (const ByteView part : std::initializer_list<ByteView>{kOuter, kVersion0, kAlgorithm, kOctets, kHead,
                                                             impl_->scalar.reveal(), point}) {
    at = std::ranges::copy(part, at).out;
  }
  return out;
}

SecretBytes Sm2PrivateKey::scalar() const { return impl_->scalar.clone(); }
Sm2PublicKey Sm2PrivateKey::public_key() const { return impl_->public_key; }

}  // namespace kw::crypto
