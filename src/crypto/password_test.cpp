#include "crypto/password.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace kw::crypto {
namespace {

TEST(Password, RightAndWrong) {
  SystemRandom random;
  const auto stored = hash_password("correct horse", random);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->starts_with("scrypt$ln=15,r=8,p=1$"));
  EXPECT_TRUE(*verify_password("correct horse", *stored));
  EXPECT_FALSE(*verify_password("correct horsf", *stored));
  EXPECT_FALSE(*verify_password("", *stored));
  EXPECT_NE(*stored, *hash_password("correct horse", random));
}

// RFC 7914 section 12: P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1, first 32 of 64 octets (they do not
// depend on the length asked for).
TEST(Password, Rfc7914Vector) {
  const auto hash = *from_hex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
  const auto stored =
      "scrypt$ln=14,r=8,p=1$" + to_base64(bytes_of("SodiumChloride")) + "$" + to_base64(hash);
  EXPECT_TRUE(*verify_password("pleaseletmein", stored));
  EXPECT_FALSE(*verify_password("Pleaseletmein", stored));
}

TEST(Password, RefusesDamagedRecords) {
  const std::string tail = "$" + to_base64(Bytes(16)) + "$" + to_base64(Bytes(32));
  for (const std::string& bad :
       {std::string(), std::string("scrypt$"), "bcrypt$ln=15,r=8,p=1" + tail, "scrypt$ln=63,r=8,p=1" + tail,
        "scrypt$ln=0,r=8,p=1" + tail, "scrypt$ln=15,r=9,p=1" + tail, "scrypt$ln=15,r=8,p=5" + tail,
        "scrypt$ln=+5,r=8,p=1" + tail, "scrypt$r=8,ln=15,p=1" + tail, std::string("scrypt$ln=15,r=8,p=1$AA==$AA=="),
        "scrypt$ln=15,r=8,p=1" + tail + "!", "scrypt$ln=15,r=8,p=1" + tail + std::string(300, 'A')}) {
    const auto result = verify_password("x", bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(Errc::malformed, result.code()) << bad;
  }
}

TEST(Password, DerivesKeysThatDependOnEverything) {
  const auto a = derive_key(bytes_of("pass"), bytes_of("salt"), 32);
  ASSERT_TRUE(a);
  EXPECT_TRUE(equal(a->reveal(), derive_key(bytes_of("pass"), bytes_of("salt"), 32)->reveal()));
  EXPECT_FALSE(equal(a->reveal(), derive_key(bytes_of("pasS"), bytes_of("salt"), 32)->reveal()));
  EXPECT_FALSE(equal(a->reveal(), derive_key(bytes_of("pass"), bytes_of("salT"), 32)->reveal()));
  EXPECT_EQ(Errc::invalid, derive_key(bytes_of("pass"), bytes_of("salt"), 0).code());
}

// RFC 6238 Appendix B, SHA-1 rows; the RFC prints eight digits, of which six are used here.
TEST(Totp, Rfc6238Vectors) {
  const auto secret = bytes_of("12345678901234567890");
  EXPECT_EQ("287082", totp(secret, totp_step(Timestamp::from_seconds(59))));
  EXPECT_EQ("081804", totp(secret, totp_step(Timestamp::from_seconds(1111111109))));
  EXPECT_EQ("050471", totp(secret, totp_step(Timestamp::from_seconds(1111111111))));
  EXPECT_EQ("005924", totp(secret, totp_step(Timestamp::from_seconds(1234567890))));
  EXPECT_EQ("279037", totp(secret, totp_step(Timestamp::from_seconds(2000000000))));
  EXPECT_EQ("353130", totp(secret, 20000000000 / 30));
}

}  // namespace
}  // namespace kw::crypto
