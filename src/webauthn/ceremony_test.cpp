// The two ceremonies against what others have made (testdata/ceremonies.json), and each refusal.
#include "webauthn/ceremony.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <sstream>

namespace kw::webauthn {
namespace {

namespace json = boost::json;

std::string string_of(const json::value& from, std::string_view name) { return std::string(from.at(name).as_string()); }
Bytes octets_of(const json::value& from, std::string_view name) { return from_hex(string_of(from, name)).value(); }

json::array ceremonies() {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/src/webauthn/testdata/ceremonies.json");
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str()).at("ceremonies").as_array();
}

RelyingParty party_of(const json::value& one, bool verify_user) {
  return {string_of(one, "rp_id"), {"https://other.example", string_of(one, "origin")}, verify_user};
}

struct Shown {
  RelyingParty party;
  Bytes challenge, key, client_data, authenticator_data, signature;
  std::uint32_t counter = 0;
  [[nodiscard]] Judged<std::uint32_t> judge() const {
    return judge_assertion(party, challenge, {key, counter, client_data, authenticator_data, signature});
  }
};
Shown shown_of(const json::value& one) {
  const auto& a = one.at("assertion");
  return {party_of(one, false),
          octets_of(a, "challenge"),
          octets_of(one, "key"),
          octets_of(a, "client_data"),
          octets_of(a, "authenticator_data"),
          octets_of(a, "signature"),
          static_cast<std::uint32_t>(one.at("counter").as_int64())};
}

TEST(Ceremony, passkeys_that_others_registered) {
  int seen = 0;
  for (const auto& one : ceremonies()) {
    if (!one.as_object().contains("registration")) continue;
    ++seen;
    const auto& r = one.at("registration");
    const auto challenge = octets_of(r, "challenge"), client = octets_of(r, "client_data"),
               object = octets_of(r, "attestation_object");
    const auto made = judge_registration(party_of(one, false), challenge, client, object);
    ASSERT_TRUE(made) << string_of(one, "name") << ": " << name(made.error());
    EXPECT_EQ(made->id, octets_of(r, "credential_id"));
    if (one.as_object().contains("key")) EXPECT_EQ(made->cose_key, octets_of(one, "key"));
    const auto strict = judge_registration(party_of(one, true), challenge, client, object);
    EXPECT_EQ(strict.has_value(), one.at("verified").as_bool()) << string_of(one, "name");
    // cut anywhere, it is no registration
    for (std::size_t size = 0; size < object.size(); ++size)
      EXPECT_FALSE(judge_registration(party_of(one, false), challenge, client, ByteView(object).first(size))) << size;
  }
  EXPECT_EQ(seen, 2);
}

TEST(Ceremony, passkeys_that_others_showed) {
  int seen = 0;
  for (const auto& one : ceremonies()) {
    if (!one.as_object().contains("assertion")) continue;
    ++seen;
    auto shown = shown_of(one);
    const auto counter = shown.judge();
    ASSERT_TRUE(counter) << string_of(one, "name") << ": " << name(counter.error());
    EXPECT_EQ(*counter, static_cast<std::uint32_t>(one.at("assertion").at("counter").as_int64()));
    shown.party.verify_user = true;
    EXPECT_EQ(shown.judge().has_value(), one.at("verified").as_bool()) << string_of(one, "name");
  }
  EXPECT_EQ(seen, 4);
}

TEST(Ceremony, each_refusal_of_an_assertion) {
  struct Case {
    Refusal refusal;
    std::function<void(Shown&)> spoil;
  };
  const std::vector<Case> cases{
      {Refusal::malformed, [](Shown& s) { s.client_data = copy(bytes_of("[]")); }},
      {Refusal::malformed, [](Shown& s) { s.client_data.resize(kMostClientData + 1, ' '); }},
      {Refusal::malformed, [](Shown& s) { s.authenticator_data.push_back(0); }},
      {Refusal::malformed, [](Shown& s) { s.authenticator_data.resize(36); }},
      {Refusal::type,
       [](Shown& s) {
         const std::string text(text_of(s.client_data));
         s.client_data = copy(bytes_of(std::string(text).replace(text.find("webauthn.get"), 12, "webauthn.create")));
       }},
      {Refusal::challenge, [](Shown& s) { s.challenge[3] ^= 1; }},
      {Refusal::challenge, [](Shown& s) { s.challenge.clear(); }},
      {Refusal::origin, [](Shown& s) { s.party.origins = {"https://other.example"}; }},
      {Refusal::origin, [](Shown& s) { s.party.origins = {"http://localhost:5000/"}; }},
      {Refusal::rp_id, [](Shown& s) { s.party.id = "other.example"; }},
      {Refusal::presence, [](Shown& s) { s.authenticator_data[32] &= static_cast<Byte>(~1U); }},
      {Refusal::verification,
       [](Shown& s) {
         s.party.verify_user = true;
         s.authenticator_data[32] &= static_cast<Byte>(~4U);
       }},
      {Refusal::algorithm, [](Shown& s) { s.key.clear(); }},
      {Refusal::algorithm, [](Shown& s) { s.key.push_back(0); }},
      {Refusal::signature, [](Shown& s) { s.signature.back() ^= 1; }},
      {Refusal::signature, [](Shown& s) { s.signature.clear(); }},
      {Refusal::signature, [](Shown& s) { s.authenticator_data.back() ^= 1; }},
      {Refusal::signature, [](Shown& s) { s.client_data.push_back(' '); }},
      {Refusal::counter, [](Shown& s) { s.counter = 1000; }},
  };
  for (const auto& one : ceremonies()) {
    if (!one.as_object().contains("assertion")) continue;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      auto shown = shown_of(one);
      cases[i].spoil(shown);
      const auto judged = shown.judge();
      ASSERT_FALSE(judged) << string_of(one, "name") << " case " << i;
      EXPECT_EQ(judged.error(), cases[i].refusal)
          << string_of(one, "name") << " case " << i << ": " << name(judged.error());
    }
  }
}

TEST(Ceremony, a_counter_that_stays_is_refused_and_zero_for_ever_is_not) {
  for (const auto& one : ceremonies()) {
    if (!one.as_object().contains("assertion")) continue;
    auto shown = shown_of(one);
    shown.counter = static_cast<std::uint32_t>(one.at("assertion").at("counter").as_int64());
    EXPECT_EQ(shown.judge().has_value(), shown.counter == 0) << string_of(one, "name");
  }
}

TEST(Ceremony, made_within_another_sites_frame) {
  const auto framed = [](std::string_view more) {
    const auto text =
        R"({"type":"webauthn.get","origin":"http://localhost:5000","challenge":"AAAA")" + std::string(more) + "}";
    return parse_client_data(bytes_of(text)).value().cross_origin;
  };
  EXPECT_FALSE(framed(""));
  EXPECT_FALSE(framed(R"(,"crossOrigin":false)"));
  EXPECT_TRUE(framed(R"(,"crossOrigin":true)"));
  EXPECT_TRUE(framed(R"(,"topOrigin":"https://evil.example")"));
}

}  // namespace
}  // namespace kw::webauthn
