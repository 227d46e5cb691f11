#include "crypto/sm4.h"

#include <gcrypt.h>

#include "crypto/ghash.h"
#include "crypto/random.h"
#include "crypto/sm4_once.h"
#include "crypto/vectors.h"

namespace kw::crypto {
namespace {

TEST(Sm4, OneBlockVector) {
  const auto& v = vectors().at("sm4").as_array().at(0);
  const auto out = sm4_ecb_encrypt_block(hex(v.at("key")), hex(v.at("pt")));
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, hex(v.at("ct")));
  EXPECT_EQ(*sm4_ecb_decrypt(hex(v.at("key")), *out), hex(v.at("pt")));
}

TEST(Sm4, MillionTimesVectorThroughCbcOfZeros) {
  // CBC over zero blocks with the plaintext as IV encrypts a block again and again.
  const auto& v = vectors().at("sm4").as_array().at(1);
  const auto times = static_cast<std::size_t>(v.at("iterations").as_int64());
  const auto out = sm4_cbc_encrypt(hex(v.at("key")), hex(v.at("pt")), Bytes(times * kSm4Block));
  ASSERT_TRUE(out);
  EXPECT_TRUE(equal(ByteView(*out).last(kSm4Block), hex(v.at("ct"))));
}

class GcryptSm4 {
 public:
  GcryptSm4(int mode, ByteView key) {
    gcry_check_version(nullptr);
    EXPECT_EQ(0U, gcry_cipher_open(&handle_, GCRY_CIPHER_SM4, mode, 0));
    EXPECT_EQ(0U, gcry_cipher_setkey(handle_, key.data(), key.size()));
  }
  ~GcryptSm4() { gcry_cipher_close(handle_); }
  GcryptSm4(const GcryptSm4&) = delete;
  GcryptSm4& operator=(const GcryptSm4&) = delete;
  Bytes gcm(ByteView nonce, ByteView aad, ByteView text) {
    Bytes out(text.size());
    Bytes tag(kGcmTag);
    EXPECT_EQ(0U, gcry_cipher_setiv(handle_, nonce.data(), nonce.size()));
    EXPECT_EQ(0U, gcry_cipher_authenticate(handle_, aad.data(), aad.size()));
    gcry_cipher_final(handle_);
    EXPECT_EQ(0U, gcry_cipher_encrypt(handle_, out.data(), out.size(), text.data(), text.size()));
    EXPECT_EQ(0U, gcry_cipher_gettag(handle_, tag.data(), tag.size()));
    append(out, tag);
    return out;
  }
  Bytes cbc(ByteView iv, ByteView text) {
    Bytes out(text.size());
    EXPECT_EQ(0U, gcry_cipher_setiv(handle_, iv.data(), iv.size()));
    EXPECT_EQ(0U, gcry_cipher_encrypt(handle_, out.data(), out.size(), text.data(), text.size()));
    return out;
  }
  Bytes ctr(ByteView counter, ByteView text) {
    Bytes out(text.size());
    EXPECT_EQ(0U, gcry_cipher_setctr(handle_, counter.data(), counter.size()));
    EXPECT_EQ(0U, gcry_cipher_encrypt(handle_, out.data(), out.size(), text.data(), text.size()));
    return out;
  }

 private:
  gcry_cipher_hd_t handle_ = nullptr;
};

TEST(Sm4, CbcAndCtrAgreeWithLibgcrypt) {
  SystemRandom random;
  for (const std::size_t blocks : {0U, 1U, 2U, 7U, 64U}) {
    const Bytes key = random.bytes(16);
    const Bytes iv = random.bytes(16);
    const Bytes text = random.bytes(blocks * 16);
    const auto sealed = sm4_cbc_encrypt(key, iv, text);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(*sealed, GcryptSm4(GCRY_CIPHER_MODE_CBC, key).cbc(iv, text));
    EXPECT_EQ(*sm4_cbc_decrypt(key, iv, *sealed), text);
    EXPECT_EQ(*sm4_ecb_decrypt(key, *sm4_ecb_encrypt(key, text)), text);
    const Bytes odd = random.bytes(blocks * 16 + 5);
    EXPECT_EQ(*sm4_ctr(key, iv, odd), GcryptSm4(GCRY_CIPHER_MODE_CTR, key).ctr(iv, odd));
  }
  const Bytes wrapping(16, 0xff);  // the counter runs over all 128 bits
  EXPECT_EQ(*sm4_ctr(wrapping, wrapping, Bytes(40)), GcryptSm4(GCRY_CIPHER_MODE_CTR, wrapping).ctr(wrapping, Bytes(40)));
}

TEST(Sm4, RefusesWrongSizes) {
  const Bytes key(16), iv(16), block(16);
  EXPECT_EQ(Errc::bad_key, sm4_cbc_encrypt(Bytes(15), iv, block).code());
  EXPECT_EQ(Errc::bad_key, sm4_ctr(Bytes(32), iv, block).code());
  EXPECT_EQ(Errc::malformed, sm4_cbc_encrypt(key, Bytes(12), block).code());
  EXPECT_EQ(Errc::malformed, sm4_cbc_encrypt(key, iv, Bytes(17)).code());
  EXPECT_EQ(Errc::decrypt_failed, sm4_cbc_decrypt(key, iv, Bytes(17)).code());
  EXPECT_EQ(Errc::malformed, sm4_ecb_encrypt_block(key, Bytes(32)).code());
  EXPECT_EQ(Errc::bad_key, Sm4Gcm::make(Bytes(17)).code());
}

TEST(Sm4Gcm, Rfc8998Vector) {
  const auto& v = vectors().at("sm4_gcm_rfc8998");
  const auto gcm = Sm4Gcm::make(hex(v.at("key")));
  ASSERT_TRUE(gcm);
  Bytes expected = hex(v.at("ct"));
  append(expected, hex(v.at("tag")));
  EXPECT_EQ(*gcm->seal(hex(v.at("iv")), hex(v.at("aad")), hex(v.at("pt"))), expected);
  EXPECT_EQ(*gcm->open(hex(v.at("iv")), hex(v.at("aad")), expected), hex(v.at("pt")));
  EXPECT_EQ(*sm4_gcm_seal_once(hex(v.at("key")), hex(v.at("iv")), hex(v.at("aad")), hex(v.at("pt"))), expected);
}

TEST(Sm4Once, IsSm4GcmAtEveryLengthAndAboveItsOwn) {
  SystemRandom random;
  for (std::size_t size = 0; size < 4200; size += size < 100 ? 1 : 37) {
    for (const std::size_t n : {size, kMostOnce - 20 + size % 40}) {
      const Bytes key = random.bytes(16), nonce = random.bytes(12), aad = random.bytes(n % 41), text = random.bytes(n);
      const auto sealed = sm4_gcm_seal_once(key, nonce, aad, text);
      ASSERT_TRUE(sealed);
      ASSERT_EQ(*sealed, *Sm4Gcm::make(key)->seal(nonce, aad, text)) << n;
      ASSERT_EQ(copy(sm4_gcm_open_once(key, nonce, aad, *sealed)->reveal()), text) << n;
    }
  }
}

TEST(Sm4Once, EveryChangedOctetIsRefusedAlike) {
  const Bytes key(16, 7), nonce(12, 1), aad(5, 2), text(33, 3);
  const auto sealed = *sm4_gcm_seal_once(key, nonce, aad, text);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes bad = sealed;
    bad[i] ^= 0x80;
    EXPECT_EQ(Errc::decrypt_failed, sm4_gcm_open_once(key, nonce, aad, bad).code());
    EXPECT_EQ(Errc::decrypt_failed, sm4_gcm_open_once(key, nonce, aad, ByteView(sealed).first(i)).code());
  }
  EXPECT_EQ(Errc::decrypt_failed, sm4_gcm_open_once(key, nonce, Bytes(4, 2), sealed).code());
  EXPECT_EQ(Errc::decrypt_failed, sm4_gcm_open_once(key, Bytes(11, 1), aad, sealed).code());
  EXPECT_EQ(Errc::malformed, sm4_gcm_seal_once(key, Bytes(11, 1), aad, text).code());
  EXPECT_EQ(Errc::bad_key, sm4_gcm_seal_once(Bytes(15), nonce, aad, text).code());
}

TEST(Sm4Gcm, AgreesWithLibgcryptOnRandomInputs) {
  SystemRandom random;
  for (std::size_t round = 0; round < 200; ++round) {
    const Bytes key = random.bytes(16);
    const Bytes nonce = random.bytes(12);
    const Bytes aad = random.bytes(round % 37);
    const Bytes text = random.bytes(round * 3);
    const auto gcm = Sm4Gcm::make(key);
    ASSERT_TRUE(gcm);
    const auto sealed = gcm->seal(nonce, aad, text);
    ASSERT_TRUE(sealed);
    ASSERT_EQ(*sealed, GcryptSm4(GCRY_CIPHER_MODE_GCM, key).gcm(nonce, aad, text)) << round;
    ASSERT_EQ(*gcm->open(nonce, aad, *sealed), text);
    ASSERT_EQ(*sm4_gcm_seal_once(key, nonce, aad, text), *sealed);
  }
}

TEST(Sm4Gcm, EveryChangedOctetIsRefusedAlike) {
  const auto gcm = Sm4Gcm::make(Bytes(16, 7));
  const Bytes nonce(12, 1), aad(5, 2), text(33, 3);
  const auto sealed = gcm->seal(nonce, aad, text);
  ASSERT_TRUE(sealed);
  for (std::size_t i = 0; i < sealed->size(); ++i) {
    Bytes bad = *sealed;
    bad[i] ^= 0x80;
    EXPECT_EQ(Errc::decrypt_failed, gcm->open(nonce, aad, bad).code());
  }
  for (std::size_t n = 0; n < sealed->size(); ++n) {
    EXPECT_EQ(Errc::decrypt_failed, gcm->open(nonce, aad, ByteView(*sealed).first(n)).code());
  }
  EXPECT_EQ(Errc::decrypt_failed, gcm->open(nonce, Bytes(4, 2), *sealed).code());
  EXPECT_EQ(Errc::decrypt_failed, gcm->open(Bytes(12, 9), aad, *sealed).code());
  EXPECT_EQ(Errc::decrypt_failed, gcm->open(Bytes(11, 1), aad, *sealed).code());
  EXPECT_EQ(Errc::decrypt_failed, Sm4Gcm::make(Bytes(16, 8))->open(nonce, aad, *sealed).code());
  EXPECT_EQ(Errc::malformed, gcm->seal(Bytes(16), aad, text).code());
}

TEST(Ghash, PortablePathAgreesWithTheProcessorsOwn) {
  SystemRandom random;
  for (std::size_t n = 0; n < 200; ++n) {
    GhashBlock h;
    random.fill(h);
    const Bytes aad = random.bytes(n % 50);
    const Bytes text = random.bytes(n);
    ASSERT_EQ(Ghash(h).digest(aad, text), Ghash(h, Ghash::Path::portable).digest(aad, text)) << n;
  }
}

}  // namespace
}  // namespace kw::crypto
