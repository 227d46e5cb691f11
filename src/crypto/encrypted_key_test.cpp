// Keys under a passphrase; testdata/*.pem were made by the openssl command (openssl genpkey -algorithm SM2, pkcs8
// -topk8).
#include "crypto/encrypted_key.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace kw::crypto {
namespace {

ByteView phrase(std::string_view text) { return bytes_of(text); }
std::string file(const std::string& name) {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/src/crypto/testdata/encrypted_key/" + name);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(EncryptedKey, OpensWhatItSealed) {
  const auto key = Sm2PrivateKey::generate();
  ASSERT_TRUE(key);
  const auto pem = seal_pkcs8(*key, phrase("correct horse"));
  ASSERT_TRUE(pem);
  EXPECT_TRUE(pem->starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  const auto opened = open_pkcs8(*pem, phrase("correct horse"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->public_key(), key->public_key());
  const auto wrong = open_pkcs8(*pem, phrase("correct horse "));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), Errc::decrypt_failed);
}

TEST(EncryptedKey, OpensWhatOpensslMade) {
  const auto plain = Sm2PrivateKey::from_pkcs8(bytes_of(file("plain.pem")));
  ASSERT_TRUE(plain);
  for (const auto* name : {"scrypt_sm4.pem", "pbkdf2_sm4.pem"}) {
    const auto opened = open_pkcs8(file(name), phrase("kioskward"));
    ASSERT_TRUE(opened) << name;
    EXPECT_EQ(opened->public_key(), plain->public_key()) << name;
  }
}

TEST(EncryptedKey, RefusesWhatIsNone) {
  const auto code = [](const std::string& pem) {
    const auto out = open_pkcs8(pem, phrase("kioskward"));
    return out ? Errc::internal : out.error().code();
  };
  EXPECT_EQ(code(""), Errc::malformed);
  EXPECT_EQ(code(file("plain.pem")), Errc::malformed) << "not under a passphrase";
  EXPECT_EQ(code(file("rsa.pem")), Errc::decrypt_failed);
  EXPECT_EQ(code(std::string(kMostKeyPem + 1, 'x')), Errc::too_large);
}

}  // namespace
}  // namespace kw::crypto
