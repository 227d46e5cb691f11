#include "crypto/sm2.h"

#include <openssl/evp.h>

#include "crypto/der.h"
#include "crypto/pem.h"
#include "crypto/random.h"
#include "crypto/sm2_impl.h"
#include "crypto/vectors.h"

namespace kw::crypto {
namespace {

Bytes signature_of(ByteView r, ByteView s) { return der(tag::kSequence, {der_unsigned(r), der_unsigned(s)}); }

TEST(Sm2, StandardSignatureVerifies) {
  const auto& v = vectors().at("sm2_sign");
  const auto key = Sm2PrivateKey::from_scalar(hex(v.at("d")));
  ASSERT_TRUE(key);
  const auto message = hex(v.at("msg"));
  const Bytes id = hex(v.at("id"));
  const auto signature = signature_of(hex(v.at("r")), hex(v.at("s")));
  EXPECT_TRUE(key->public_key().verify(message, signature, text_of(id)));
  EXPECT_EQ(Errc::bad_signature, key->public_key().verify(message, signature, "another").code());
  EXPECT_EQ(Errc::bad_signature, key->public_key().verify(bytes_of("x"), signature).code());
}

TEST(Sm2, StandardCiphertextOpens) {
  const auto& v = vectors().at("sm2_enc");
  const auto key = Sm2PrivateKey::from_scalar(hex(v.at("d")));
  ASSERT_TRUE(key);
  const Bytes c1 = hex(v.at("c1"));
  const ByteView point(c1);
  const Bytes sealed =
      der(tag::kSequence, {der_unsigned(point.subspan(1, 32)), der_unsigned(point.subspan(33)),
                           der(tag::kOctetString, {hex(v.at("c3"))}), der(tag::kOctetString, {hex(v.at("c2"))})});
  const auto opened = key->decrypt(sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(copy(opened->reveal()), hex(v.at("msg")));
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_EQ(Errc::decrypt_failed, key->decrypt(longer).code());
}

TEST(Sm2, SignsWhatOpenSslsOwnDigestSigningVerifies) {
  const auto key = Sm2PrivateKey::generate();
  ASSERT_TRUE(key);
  for (const std::string_view id : {kSm2DefaultId, std::string_view("ALICE123@YAHOO.COM")}) {
    const auto signature = key->sign(bytes_of("message"), id);
    ASSERT_TRUE(signature);
    const std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> md(EVP_MD_CTX_new());
    const PkeyCtxPtr ctx(EVP_PKEY_CTX_new(key->public_key().impl().pkey.get(), nullptr));
    ASSERT_GT(EVP_PKEY_CTX_set1_id(ctx.get(), id.data(), static_cast<int>(id.size())), 0);
    EVP_MD_CTX_set_pkey_ctx(md.get(), ctx.get());
    auto* borrowed = ctx.get();
    ASSERT_EQ(1, EVP_DigestVerifyInit(md.get(), &borrowed, EVP_sm3(), nullptr, key->public_key().impl().pkey.get()));
    const auto text = bytes_of("message");
    EXPECT_EQ(1, EVP_DigestVerify(md.get(), signature->data(), signature->size(), text.data(), text.size()));
  }
}

TEST(Sm2, RefusesDamagedSignatures) {
  const auto key = Sm2PrivateKey::generate();
  ASSERT_TRUE(key);
  const auto good = key->sign(bytes_of("m"));
  ASSERT_TRUE(good);
  const auto public_key = key->public_key();
  EXPECT_TRUE(public_key.verify(bytes_of("m"), *good));
  for (std::size_t i = 0; i < good->size(); i += 7) {
    Bytes bad = *good;
    bad[i] ^= 1;
    EXPECT_EQ(Errc::bad_signature, public_key.verify(bytes_of("m"), bad).code()) << i;
  }
  Bytes longer = *good;
  longer.push_back(0);
  EXPECT_EQ(Errc::bad_signature, public_key.verify(bytes_of("m"), longer).code());
  EXPECT_EQ(Errc::bad_signature, public_key.verify(bytes_of("m"), {}).code());
  EXPECT_EQ(Errc::bad_signature, public_key.verify(bytes_of("m"), Bytes(500, 0x30)).code());
  EXPECT_EQ(Errc::bad_signature, public_key.verify(bytes_of("m"), signature_of(Bytes{0}, Bytes{0})).code());
  EXPECT_EQ(Errc::bad_signature, Sm2PrivateKey::generate()->public_key().verify(bytes_of("m"), *good).code());
}

TEST(Sm2, EncryptsForTheKeyOnly) {
  const auto key = Sm2PrivateKey::generate();
  SystemRandom random;
  ASSERT_TRUE(key);
  for (const std::size_t n : {1U, 16U, 48U, 100U, 1000U}) {
    const Bytes text = random.bytes(n);
    const auto sealed = key->public_key().encrypt(text);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(text, copy(key->decrypt(*sealed)->reveal()));
    Bytes bad = *sealed;
    bad.back() ^= 1;
    EXPECT_EQ(Errc::decrypt_failed, key->decrypt(bad).code());
    EXPECT_EQ(Errc::decrypt_failed, Sm2PrivateKey::generate()->decrypt(*sealed).code());
    EXPECT_EQ(Errc::decrypt_failed, key->decrypt(ByteView(*sealed).first(sealed->size() - 1)).code());
  }
  EXPECT_EQ(Errc::malformed, key->public_key().encrypt({}).code());
  EXPECT_EQ(Errc::too_large, key->public_key().encrypt(Bytes(65 * 1024)).code());
  EXPECT_EQ(Errc::decrypt_failed, key->decrypt({}).code());
}

TEST(Sm2, KeysSurviveTheirEncodings) {
  const auto key = Sm2PrivateKey::generate();
  ASSERT_TRUE(key);
  const auto der_key = key->pkcs8();
  const auto again = Sm2PrivateKey::from_pkcs8(der_key.reveal());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->public_key() == key->public_key());
  EXPECT_TRUE(Sm2PrivateKey::from_pkcs8(bytes_of(pem_wrap(der_key.reveal(), "PRIVATE KEY"))));
  const auto spki = Sm2PublicKey::from_spki(key->public_key().spki());
  ASSERT_TRUE(spki);
  EXPECT_TRUE(*spki == key->public_key());
  EXPECT_EQ(spki->key_id(), copy(sm3(spki->spki())));
  // OpenSSL reads what is written here.
  const Byte* at = der_key.reveal().data();
  const PkeyPtr read(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der_key.size())));
  ASSERT_TRUE(read);
  EXPECT_EQ(1, EVP_PKEY_eq(read.get(), key->impl().pkey.get()));
}

TEST(Sm2, ReadsKeysOfOtherProgramsAndSignsForTheirCertificates) {
  for (const char* name : {"client_sign", "client_enc", "server_sign", "server_enc"}) {
    const auto pem = slurp("tests/vectors/tlcp/pki/" + std::string(name) + ".key");
    EXPECT_TRUE(Sm2PrivateKey::from_pkcs8(bytes_of(pem))) << name;
  }
}

TEST(Sm2, RefusesBadKeys) {
  const auto n = *from_hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");
  Bytes n_minus_1 = n, n_minus_2 = n;
  n_minus_1.back() -= 1;
  n_minus_2.back() -= 2;
  EXPECT_EQ(Errc::bad_key, Sm2PrivateKey::from_scalar(Bytes(32)).code());
  EXPECT_EQ(Errc::bad_key, Sm2PrivateKey::from_scalar(Bytes(31, 1)).code());
  EXPECT_EQ(Errc::bad_key, Sm2PrivateKey::from_scalar(n).code());
  EXPECT_EQ(Errc::bad_key, Sm2PrivateKey::from_scalar(n_minus_1).code());
  EXPECT_TRUE(Sm2PrivateKey::from_scalar(n_minus_2));
  const auto key = Sm2PrivateKey::generate();
  Bytes off_curve = key->public_key().point();
  off_curve.back() ^= 1;
  EXPECT_EQ(Errc::bad_key, Sm2PublicKey::from_point(off_curve).code());
  EXPECT_EQ(Errc::bad_key, Sm2PublicKey::from_point(Bytes(1)).code());
  Bytes compressed(33, 2);
  EXPECT_EQ(Errc::bad_key, Sm2PublicKey::from_point(compressed).code());
  // The same structure on another curve (prime256v1).
  const auto p256 = *from_hex("301306072a8648ce3d020106082a8648ce3d030107");
  const Bytes foreign = der(tag::kSequence, {p256, der_bit_string(key->public_key().point())});
  EXPECT_EQ(Errc::unsupported, Sm2PublicKey::from_spki(foreign).code());
  Bytes trailing = key->public_key().spki();
  trailing.push_back(0);
  EXPECT_EQ(Errc::trailing_data, Sm2PublicKey::from_spki(trailing).code());
  // A private key whose public half belongs to another.
  Bytes mixed = copy(key->pkcs8().reveal());
  const Bytes other = Sm2PrivateKey::generate()->public_key().point();
  std::copy(other.begin(), other.end(), mixed.end() - 65);
  EXPECT_EQ(Errc::bad_key, Sm2PrivateKey::from_pkcs8(mixed).code());
  EXPECT_EQ(Errc::not_found, Sm2PrivateKey::from_pkcs8(bytes_of("nothing here")).code());
  EXPECT_EQ(Errc::too_large, Sm2PrivateKey::from_pkcs8(Bytes(5000, 0x30)).code());
}

}  // namespace
}  // namespace kw::crypto
