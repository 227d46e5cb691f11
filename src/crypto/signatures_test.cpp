#include "crypto/signatures.h"

#include <gtest/gtest.h>

namespace kw::crypto {
namespace {

Bytes octets_of(std::string_view hex) { return from_hex(hex).value(); }

// RFC 8032 section 7.1, tests 1 to 3.
struct EdVector {
  std::string_view key, message, signature;
};
constexpr std::array<EdVector, 3> kRfc8032{{{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                                             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb882159"
                                             "0a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
                                             "5141438e7a100b"},
                                            {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                                             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43"
                                             "e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
                                             "0d291612bb0c00"},
                                            {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                                             "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538"
                                             "d16f290ae67f760984dc6594a7c15e9716ed28dc0"
                                             "27beceea1ec40a"}}};

TEST(Signatures, ed25519_of_rfc_8032) {
  for (const auto& vector : kRfc8032) {
    const auto key = octets_of(vector.key), message = octets_of(vector.message);
    auto signature = octets_of(vector.signature);
    EXPECT_TRUE(verify_ed25519(key, message, signature));
    auto other = message;
    other.push_back(1);
    EXPECT_EQ(verify_ed25519(key, other, signature).code(), Errc::bad_signature);
    signature[40] ^= 1;
    EXPECT_EQ(verify_ed25519(key, message, signature).code(), Errc::bad_signature);
    signature.pop_back();
    EXPECT_EQ(verify_ed25519(key, message, signature).code(), Errc::bad_signature);
  }
  EXPECT_EQ(verify_ed25519(Bytes(31), Bytes(), Bytes(64)).code(), Errc::bad_key);
}

TEST(Signatures, rsa_keys_outside_the_bounds_are_no_keys) {
  Bytes modulus(256, 0xff);
  const Bytes exponent{1, 0, 1}, signature(256, 1);
  EXPECT_EQ(verify_rsa_sha256({modulus, exponent}, Bytes(), signature).code(), Errc::bad_signature)
      << "a key, at least";
  for (const auto& bad :
       {RsaPublicKey{Bytes(255, 0xff), exponent}, RsaPublicKey{Bytes(513, 0xff), exponent}, RsaPublicKey{{}, exponent},
        RsaPublicKey{Bytes(256, 0x7f), exponent}, RsaPublicKey{Bytes(256, 0xfe), exponent}, RsaPublicKey{modulus, {}},
        RsaPublicKey{modulus, {1}}, RsaPublicKey{modulus, {2}}, RsaPublicKey{modulus, {0, 3}},
        RsaPublicKey{modulus, Bytes(5, 1)}})
    EXPECT_EQ(verify_rsa_sha256(bad, Bytes(), signature).code(), Errc::bad_key);
}

}  // namespace
}  // namespace kw::crypto
