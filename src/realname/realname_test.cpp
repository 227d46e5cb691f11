// Signatures of other implementations are testdata/signatures.json; each refusal is one change of a token that is good.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/base64url.h"
#include "crypto/random.h"
#include "realname/id_token.h"
#include "realname/testing/sm2_token.h"

namespace kw::realname {
namespace {

namespace json = boost::json;

const Timestamp kNow = Timestamp::from_seconds(1'800'000'000);

std::string read_text(const std::string& file) {
  std::ifstream in(std::string(KW_SOURCE_DIR "/src/realname/testdata/") + file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
std::string set_of(const json::object& key) { return json::serialize(json::object{{"keys", json::array{key}}}); }

TEST(KeySets, SignaturesOfOthersAreVerified) {
  const auto file = json::parse(read_text("signatures.json"));
  ASSERT_EQ(file.at("vectors").as_array().size(), 4U);
  for (const auto& one : file.at("vectors").as_array()) {
    const std::string source(one.at("source").as_string());
    const auto keys = KeySet::parse(set_of(one.at("key").as_object()));
    ASSERT_TRUE(keys) << source << keys.error().text();
    for (const auto* algorithm : {"ES256", "RS256", "EdDSA", "SM2"}) {
      const auto* key = keys->find("", algorithm);
      if (key == nullptr) continue;
      auto signature = from_base64url(std::string(one.at("signature").as_string())).value();
      const std::string text(one.at("signed").as_string());
      EXPECT_TRUE(verify_with(*key, bytes_of(text), signature)) << source;
      EXPECT_EQ(verify_with(*key, bytes_of(text + "x"), signature).code(), Errc::bad_signature) << source;
      signature[5] ^= 1U;
      EXPECT_EQ(verify_with(*key, bytes_of(text), signature).code(), Errc::bad_signature) << source;
      signature.pop_back();
      EXPECT_EQ(verify_with(*key, bytes_of(text), signature).code(), Errc::bad_signature) << source;
    }
  }
}

TEST(KeySets, WhatIsOfNoUseIsPassedOverAndWhatIsWrongIsRefused) {
  struct Case {
    std::string_view json;
    Errc code;
  };
  const Case cases[] = {
      {"", Errc::malformed},
      {"[]", Errc::malformed},
      {R"({"keys":{}})", Errc::malformed},
      {R"({"keys":[1]})", Errc::malformed},
      {R"({"keys":[]})", Errc::not_found},
      {R"({"keys":[{"kty":"oct","k":"AAAA"}]})", Errc::not_found},
      {R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]})", Errc::bad_key},
      {R"({"keys":[{"kty":"EC","crv":"SM2","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]})",
       Errc::bad_key},
      {R"({"keys":[{"kty":"RSA","n":"=","e":"AQAB"}]})", Errc::bad_key},
      {R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]})", Errc::bad_key},
      {R"({"keys":[{"kty":"OKP","crv":"Ed25519","use":"enc","x":"AAAA"}]})", Errc::not_found},
  };
  for (const auto& one : cases) EXPECT_EQ(KeySet::parse(one.json).code(), one.code) << one.json;
  EXPECT_EQ(KeySet::parse(std::string(KeySet::kMostOctets + 1, ' ')).code(), Errc::too_large);
}

struct IdTokens : ::testing::Test {
  crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate().value();
  crypto::SystemRandom random;
  DeviceId device = DeviceId::make(kNow, random), other = DeviceId::make(kNow, random);
  Bytes salt = Bytes(kSalt, 7);
  json::object header{{"alg", "SM2"}, {"kid", "k1"}};
  json::object claims{{"iss", "https://id.example"},
                      {"sub", "440300-someone"},
                      {"aud", "kioskward"},
                      {"iat", 1'800'000'000},
                      {"exp", 1'800'000'600},
                      {"acr", "2"},
                      {"nonce", session_nonce(device, salt)}};
  std::vector<Authority> authorities = [this] {
    Authority out;
    out.name = "city-id";
    out.issuer = "https://id.example";
    out.audience = "kioskward";
    out.strong = {"2", "3"};
    out.keys = KeySet::parse(set_of(jwk("k1"))).value();
    return std::vector{out};
  }();

  json::object jwk(std::string_view id) const { return testing::sm2_jwk(key, id); }
  std::string token() const { return testing::sm2_token(key, header, claims); }
  tl::expected<Identity, TokenRefusal> judge(const std::string& text, Timestamp now = kNow) const {
    return judge_id_token(text, authorities, session_nonce(device, salt), now);
  }
  std::string refusal(Timestamp now = kNow) const {
    const auto out = judge(token(), now);
    return out ? "" : std::string(name(out.error()));
  }
};

TEST_F(IdTokens, OneThatIsGoodSaysWhoEstablishedItAndHowStrongly) {
  const auto who = judge(token());
  ASSERT_TRUE(who) << name(who.error());
  EXPECT_EQ(who->authority->name, "city-id");
  EXPECT_EQ(who->strength, "2");
  EXPECT_EQ(who->mark.size(), 32U);
  EXPECT_EQ(who->expires, Timestamp::from_seconds(1'800'000'660));
  EXPECT_NE(judge(token())->mark, who->mark) << "SM2 signs anew each time";
}

TEST_F(IdTokens, AudiencesMayBeSeveralWhereTheTokenSaysForWhom) {
  claims["aud"] = json::array{"kioskward"};
  EXPECT_EQ(refusal(), "");
  claims["aud"] = json::array{"kioskward", "other"};
  EXPECT_EQ(refusal(), "wrong_audience");
  claims["azp"] = "kioskward";
  EXPECT_EQ(refusal(), "");
  claims["azp"] = "other";
  EXPECT_EQ(refusal(), "wrong_audience");
}

TEST_F(IdTokens, EachRuleRefusesWithItsWord) {
  struct Case {
    std::string_view member;
    json::value value;  // null: left out
    std::string_view why;
  };
  const Case cases[] = {{"iss", "https://id.example/", "unknown_authority"},
                        {"iss", 7, "malformed"},
                        {"iss", nullptr, "unknown_authority"},
                        {"sub", nullptr, "malformed"},
                        {"aud", "other", "wrong_audience"},
                        {"aud", nullptr, "wrong_audience"},
                        {"exp", 1'799'999'900, "expired"},
                        {"exp", nullptr, "malformed"},
                        {"exp", -1, "malformed"},
                        {"exp", 1e300, "malformed"},
                        {"iat", 1'800'000'061, "not_yet"},
                        {"iat", 1'799'999'600, "too_old"},
                        {"iat", "1800000000", "malformed"},
                        {"nbf", 1'800'000'061, "not_yet"},
                        {"nonce", nullptr, "wrong_nonce"},
                        {"nonce", json::string(session_nonce(other, salt)), "wrong_nonce"},
                        {"nonce", json::string(session_nonce(device, Bytes(kSalt, 8))), "wrong_nonce"},
                        {"acr", "1", "too_weak"},
                        {"acr", nullptr, "too_weak"}};
  const auto good = claims;
  for (const auto& one : cases) {
    claims = good;
    if (one.value.is_null())
      claims.erase(one.member);
    else
      claims[one.member] = one.value;
    EXPECT_EQ(refusal(), one.why) << one.member << " " << json::serialize(one.value);
  }
}

TEST_F(IdTokens, AHeaderChoosesNothing) {
  for (const auto* algorithm : {"none", "HS256", "ES256", "sm2", ""}) {
    header["alg"] = algorithm;
    EXPECT_EQ(refusal(), "unknown_key") << algorithm;
  }
  header = {{"alg", "SM2"}, {"kid", "k2"}};
  EXPECT_EQ(refusal(), "unknown_key");
  header = {{"alg", "SM2"}};
  EXPECT_EQ(refusal(), "") << "the authority's only key of the kind";
  header = {{"alg", "SM2"}, {"crit", json::array{"exp"}}};
  EXPECT_EQ(refusal(), "malformed");
}

TEST_F(IdTokens, WhatWasChangedOrIsNoTokenIsRefused) {
  auto text = token();
  for (const auto* bad : {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "e30.e30.AAAA", "W10.W10.AAAA"})
    EXPECT_FALSE(judge(bad)) << bad;
  EXPECT_EQ(judge(text + "=").error(), TokenRefusal::malformed);
  EXPECT_EQ(judge(text.substr(0, text.size() - 6)).error(), TokenRefusal::bad_signature);
  text[text.find('.') + 5] ^= 1;
  EXPECT_FALSE(judge(text));
  EXPECT_EQ(judge(std::string(kMostToken + 1, 'A')).error(), TokenRefusal::malformed);
  const auto before = std::exchange(key, crypto::Sm2PrivateKey::generate().value());
  EXPECT_EQ(refusal(), "bad_signature") << "another key of the same name";
  key = before;
  EXPECT_EQ(refusal(), "");
}

TEST_F(IdTokens, TwoKeysThatCouldHaveSignedAreNoKey) {
  authorities[0].keys =
      KeySet::parse(json::serialize(json::object{{"keys", json::array{jwk("k1"), jwk("k1")}}})).value();
  EXPECT_EQ(refusal(), "unknown_key");
}

}  // namespace
}  // namespace kw::realname
