// RFC 8949 appendix A, as far as authenticators may write it, and what they may not.
#include "webauthn/cbor.h"

#include <gtest/gtest.h>

#include "webauthn/client_data.h"
#include "webauthn/credential_key.h"

namespace kw::webauthn {
namespace {

Bytes cbor(std::string_view hex) { return from_hex(hex).value(); }

TEST(Cbor, integers_of_rfc_8949) {
  const std::vector<std::pair<std::string_view, std::int64_t>> cases{{"00", 0},
                                                                     {"01", 1},
                                                                     {"0a", 10},
                                                                     {"17", 23},
                                                                     {"1818", 24},
                                                                     {"1819", 25},
                                                                     {"1864", 100},
                                                                     {"1903e8", 1000},
                                                                     {"1a000f4240", 1000000},
                                                                     {"1b000000e8d4a51000", 1000000000000},
                                                                     {"20", -1},
                                                                     {"29", -10},
                                                                     {"3863", -100},
                                                                     {"3903e7", -1000}};
  for (const auto& [hex, value] : cases) {
    const auto octets = cbor(hex);
    CborReader in(octets);
    EXPECT_EQ(in.integer().value(), value) << hex;
    EXPECT_TRUE(in.finish()) << hex;
  }
}

TEST(Cbor, items_of_rfc_8949_are_passed_over) {
  for (const auto* hex :
       {"f4", "f5", "f6", "40", "4401020304", "60", "6161", "6449455446", "80", "83010203", "8301820203820405", "a0",
        "a201020304", "a26161016162820203", "826161a161626163", "a56161614161626142616361436164614461656145"}) {
    const auto octets = cbor(hex);
    CborReader in(octets);
    EXPECT_TRUE(in.skip()) << hex;
    EXPECT_TRUE(in.finish()) << hex;
    for (std::size_t size = 0; size < octets.size(); ++size) {
      CborReader cut(ByteView(octets).first(size));
      EXPECT_EQ(cut.skip().code(), Errc::truncated) << hex << " cut at " << size;
    }
  }
}

TEST(Cbor, what_authenticators_may_not_write) {
  const std::vector<std::pair<std::string_view, Errc>> cases{
      {"1800", Errc::unsupported},  // long forms
      {"190017", Errc::unsupported},
      {"5800", Errc::unsupported},
      {"1b00000000ffffffff", Errc::unsupported},
      {"5f42010243030405ff", Errc::unsupported},  // indefinite lengths
      {"9fff", Errc::unsupported},
      {"bfff", Errc::unsupported},
      {"c074323031", Errc::unsupported},  // a tag
      {"f90000", Errc::unsupported},      // a float
      {"1c", Errc::unsupported},
      {"5bffffffffffffffff", Errc::truncated},  // more than there can be
      {"9bffffffffffffffff", Errc::truncated},
      {"bbffffffffffffffff", Errc::truncated},
      {"bb8000000000000000", Errc::truncated},
      {"81818181818181818181", Errc::too_large},  // deeper than anything needs
  };
  for (const auto& [hex, code] : cases) {
    const auto octets = cbor(hex);
    CborReader in(octets);
    const auto done = in.skip();
    ASSERT_FALSE(done) << hex;
    EXPECT_EQ(done.code(), code) << hex;
  }
}

TEST(CredentialKey, keys_that_are_not_taken) {
  const std::string x(64, '1');
  const std::vector<std::pair<std::string, Errc>> cases{
      {"a0", Errc::unsupported},
      {"a50102032620022158"
       "20" +
           x + "225820" + x,
       Errc::unsupported},                                               // P-384
      {"a501020338222001215820" + x + "225820" + x, Errc::unsupported},  // ES384
      {"a401020326200121"
       "5820" +
           x,
       Errc::malformed},  // no y
      {"a5010203262001215821" + x +
           "11"
           "225820" +
           x,
       Errc::bad_key},                                                   // a long x
      {"a60102010203262001215820" + x + "225820" + x, Errc::malformed},  // a label twice
      {"a40101032720062158"
       "1f" +
           x.substr(2),
       Errc::bad_key},                // a short Ed25519 key
      {"a1610101", Errc::malformed},  // a label that is text
  };
  for (const auto& [hex, code] : cases) {
    const auto done = parse_credential_key(cbor(hex));
    ASSERT_FALSE(done) << hex;
    EXPECT_EQ(done.code(), code) << hex;
  }
}

TEST(Base64Url, one_form_only) {
  EXPECT_EQ(to_base64url(cbor("fbff")), "-_8");
  EXPECT_EQ(from_base64url("-_8").value(), cbor("fbff"));
  EXPECT_EQ(from_base64url("").value(), Bytes());
  for (const auto* bad : {"-_8=", "+/8", "-_9", "a", "-_8\n"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

}  // namespace
}  // namespace kw::webauthn
