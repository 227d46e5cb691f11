#include "crypto/sm3.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/vectors.h"

namespace kw::crypto {
namespace {

Digest openssl_sm3(ByteView in) {
  Digest out{};
  unsigned length = 0;
  EXPECT_EQ(1, EVP_Digest(in.data(), in.size(), out.data(), &length, EVP_sm3(), nullptr));
  return out;
}

TEST(Sm3, StandardVectors) {
  for (const auto& v : vectors().at("sm3").as_array()) {
    const auto digest = sm3(hex(v.at("msg")));
    EXPECT_EQ(to_hex(digest), std::string_view(v.at("digest").as_string()));
  }
}

TEST(Sm3, EveryLengthAgreesWithOpenSsl) {
  SystemRandom random;
  const Bytes data = random.bytes(400);
  for (std::size_t n = 0; n <= data.size(); ++n) {
    const ByteView in(data.data(), n);
    ASSERT_EQ(sm3(in), openssl_sm3(in)) << n;
  }
}

TEST(Sm3, StreamingSplitsDoNotMatter) {
  SystemRandom random;
  const Bytes data = random.bytes(300);
  const auto whole = sm3(data);
  for (std::size_t cut = 0; cut <= data.size(); ++cut) {
    const ByteView in(data);
    EXPECT_EQ(whole, sm3_concat({in.first(cut), in.subspan(cut)}));
  }
  Sm3 one_by_one;
  for (const Byte b : data) one_by_one.update({&b, 1});
  EXPECT_EQ(whole, one_by_one.finish());
}

TEST(Sm3, CopiesGoOnAloneAndResetStartsAnew) {
  Sm3 a;
  a.update(bytes_of("ab"));
  Sm3 b = a;
  a.update(bytes_of("X"));
  b.update(bytes_of("c"));
  EXPECT_EQ(b.finish(), sm3(bytes_of("abc")));
  EXPECT_EQ(a.finish(), sm3(bytes_of("abX")));
  a.reset();
  EXPECT_EQ(a.update(bytes_of("abc")).finish(), sm3(bytes_of("abc")));
}

TEST(Hmac, StandardVectorsByBothRoads) {
  for (const auto& v : vectors().at("hmac_sm3").as_array()) {
    const Bytes message = hex(v.at("msg"));
    EXPECT_EQ(copy(hmac_sm3(hex(v.at("key")), {message})), hex(v.at("mac")));
    const HmacKey key(hex(v.at("key")));
    EXPECT_EQ(copy(key.mac({message})), hex(v.at("mac")));
    EXPECT_EQ(copy(key.mac({ByteView(message).first(3), ByteView(message).subspan(3)})), hex(v.at("mac")));
  }
}

TEST(Hmac, AgreesWithOpenSslForEveryKeyLength) {
  SystemRandom random;
  const Bytes data = random.bytes(150);
  for (std::size_t n = 1; n <= data.size(); ++n) {
    Digest expected{};
    unsigned length = 0;
    HMAC(EVP_sm3(), data.data(), static_cast<int>(n), data.data(), data.size(), expected.data(), &length);
    const ByteView in(data);
    ASSERT_EQ(expected, hmac_sm3(in.first(n), {in.first(70), in.subspan(70)})) << n;
  }
}

Bytes openssl_hkdf(ByteView secret, ByteView salt, ByteView info, std::size_t length) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> ctx(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr),
                                                                        &EVP_PKEY_CTX_free);
  Bytes out(length);
  EXPECT_GT(EVP_PKEY_derive_init(ctx.get()), 0);
  EXPECT_GT(EVP_PKEY_CTX_set_hkdf_md(ctx.get(), EVP_sm3()), 0);
  EXPECT_GT(EVP_PKEY_CTX_set1_hkdf_key(ctx.get(), secret.data(), static_cast<int>(secret.size())), 0);
  EXPECT_GT(EVP_PKEY_CTX_set1_hkdf_salt(ctx.get(), salt.data(), static_cast<int>(salt.size())), 0);
  EXPECT_GT(EVP_PKEY_CTX_add1_hkdf_info(ctx.get(), info.data(), static_cast<int>(info.size())), 0);
  EXPECT_GT(EVP_PKEY_derive(ctx.get(), out.data(), &length), 0);
  return out;
}

TEST(Hkdf, AgreesWithOpenSsl) {
  SystemRandom random;
  const Bytes data = random.bytes(96);
  const ByteView in(data);
  for (const std::size_t length : {1U, 31U, 32U, 33U, 64U, 100U, 8160U}) {
    for (const std::size_t salt : {0U, 1U, 32U}) {
      const auto ours = hkdf_sm3(in.first(40), in.subspan(40, salt), in.subspan(80), length);
      ASSERT_TRUE(equal(ours.reveal(), openssl_hkdf(in.first(40), in.subspan(40, salt), in.subspan(80), length)));
    }
  }
  EXPECT_EQ(8160U, hkdf_sm3(in, {}, {}, 9000).size());
}

Bytes openssl_prf(ByteView secret, ByteView label, ByteView seed, std::size_t length) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> ctx(
      EVP_PKEY_CTX_new_id(EVP_PKEY_TLS1_PRF, nullptr), &EVP_PKEY_CTX_free);
  Bytes out(length);
  EXPECT_GT(EVP_PKEY_derive_init(ctx.get()), 0);
  EXPECT_GT(EVP_PKEY_CTX_set_tls1_prf_md(ctx.get(), EVP_sm3()), 0);
  EXPECT_GT(EVP_PKEY_CTX_set1_tls1_prf_secret(ctx.get(), secret.data(), static_cast<int>(secret.size())), 0);
  EXPECT_GT(EVP_PKEY_CTX_add1_tls1_prf_seed(ctx.get(), label.data(), static_cast<int>(label.size())), 0);
  EXPECT_GT(EVP_PKEY_CTX_add1_tls1_prf_seed(ctx.get(), seed.data(), static_cast<int>(seed.size())), 0);
  EXPECT_GT(EVP_PKEY_derive(ctx.get(), out.data(), &length), 0);
  return out;
}

TEST(TlsPrf, AgreesWithOpenSslAndTheSharedVector) {
  SystemRandom random;
  const Bytes data = random.bytes(112);
  const ByteView in(data);
  for (const std::size_t length : {1U, 12U, 32U, 48U, 104U, 200U}) {
    const auto ours = tls_prf_sm3(in.first(48), "key expansion", in.subspan(48), length);
    ASSERT_TRUE(equal(ours.reveal(), openssl_prf(in.first(48), bytes_of("key expansion"), in.subspan(48), length)));
  }
  for (const auto& v : vectors().at("tlcp_prf").as_array()) {
    const auto out = tls_prf_sm3(hex(v.at("secret")), std::string_view(v.at("label").as_string()), hex(v.at("seed")),
                                 static_cast<std::size_t>(v.at("len").as_int64()));
    EXPECT_EQ(to_hex(out.reveal()), std::string_view(v.at("out").as_string()));
  }
}

TEST(EqualSecret, ComparesContentAndLength) {
  EXPECT_TRUE(equal_secret({}, {}));
  EXPECT_TRUE(equal_secret(bytes_of("abc"), bytes_of("abc")));
  EXPECT_FALSE(equal_secret(bytes_of("abc"), bytes_of("abd")));
  EXPECT_FALSE(equal_secret(bytes_of("abc"), bytes_of("ab")));
}

TEST(SystemRandom, FillsAndDiffers) {
  SystemRandom random;
  EXPECT_NE(random.bytes(32), random.bytes(32));
  EXPECT_TRUE(random.bytes(0).empty());
  EXPECT_EQ(std::size_t{3} << 20, random.bytes(std::size_t{3} << 20).size());
}

}  // namespace
}  // namespace kw::crypto
