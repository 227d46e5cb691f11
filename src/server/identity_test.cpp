// Sessions for persons whose identity was established: what an authority signs, and every way in which it is refused.
#include <boost/json.hpp>
#include <fstream>

#include "realname/testing/sm2_token.h"
#include "server/testing/business.h"
#include "trail/words.h"

namespace kw::server {
namespace {

namespace json = boost::json;
using testing::Kiosk;
using testing::LinkBed;
using testing::take;

/// IdentityAuthority is a directory with one authority's file, and the key that it signs with.
struct IdentityAuthority {
  testing::TemporaryDirectory dir;
  crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate().value();

  IdentityAuthority() {
    publish();
    std::ofstream(dir.path() / "city.toml") << "name = \"city-identity\"\nissuer = \"https://id.example\"\naudience = "
                                               "\"kioskward\"\nstrengths = [\"2\"]\nkeys = \""
                                            << keys_file() << "\"\n";
  }
  std::string keys_file() const { return (dir.path() / "keys.jwks").string(); }
  void publish() const {
    std::ofstream(keys_file()) << json::serialize(
        json::object{{"keys", json::array{realname::testing::sm2_jwk(key, "k1")}}});
  }
  std::string token(const std::string& nonce, Timestamp now) const {
    const auto seconds = now.unix_ns / 1'000'000'000;
    return realname::testing::sm2_token(key, {{"alg", "SM2"}},
                                        {{"iss", "https://id.example"},
                                         {"sub", "ouyang"},
                                         {"aud", "kioskward"},
                                         {"iat", seconds},
                                         {"exp", seconds + 600},
                                         {"acr", "2"},
                                         {"nonce", nonce}});
  }
};

Connectors real_name_connectors() {
  return Connectors({take(trail::parse_connector(R"(
name = "residence"
base = "http://127.0.0.1:9"
[[matter]]
code = "permit"
real_name = true
[[matter]]
code = "advice"
[[operation]]
method = "GET"
path = "/rates"
)"))});
}

struct RealName : ::testing::Test {
  IdentityAuthority authority;
  LinkBed bed{LinkOptions(5), real_name_connectors(), take(AuthorityFiles::load(authority.dir.path()))};
  Kiosk kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2"), other = Kiosk::enrolled(bed.platform, "127.0.0.3");
  v1::SessionBegin session;

  RealName() { renew("permit"); }
  void renew(const std::string& matter) {
    session.Clear();
    session.set_session_id(copy_text(bed.platform.random.bytes(16)));
    session.set_trace_id(copy_text(bed.platform.random.bytes(16)));
    session.set_span_id(copy_text(bed.platform.random.bytes(8)));
    session.set_matter(matter);
  }
  void show(const DeviceId& made_for, const Bytes& salt = Bytes(realname::kSalt, 7)) {
    session.set_identity_salt(copy_text(salt));
    session.set_identity_token(authority.token(realname::session_nonce(made_for, salt), bed.platform.clock.now()));
  }
  std::string begin(const Kiosk& at) {
    const auto outcome = take(bed.business->begin(at.id, session)).outcome;
    EXPECT_TRUE(outcome == "begun" || trail::is_reason(outcome)) << outcome;
    return outcome;
  }
  std::string param(const v1::AuditEntry& entry, const std::string& key) {
    const auto at = entry.params().find(key);
    return at == entry.params().end() ? "" : at->second;
  }
  std::string why(std::size_t n = 1) { return param(bed.recorded("business.session.started", n), "why"); }
};

TEST_F(RealName, ASessionSaysByWhomAndNeverWho) {
  show(kiosk.id);
  ASSERT_EQ(begin(kiosk), "begun");
  const auto entry = bed.recorded("business.session.started");
  EXPECT_EQ(param(entry, "identity"), "city-identity");
  EXPECT_EQ(param(entry, "strength"), "2");
  EXPECT_EQ(entry.ShortDebugString().find("ouyang"), std::string::npos);
  const auto stored = take(bed.business->of_device(kiosk.id)).at(0);
  EXPECT_EQ(stored.identity, "city-identity");
}

TEST_F(RealName, WithoutATokenOnlyMattersForEverybody) {
  EXPECT_EQ(begin(kiosk), "identity_required");
  EXPECT_EQ(bed.recorded("business.session.started").result(), "refused");
  renew("advice");
  EXPECT_EQ(begin(kiosk), "begun");
}

TEST_F(RealName, ATokenIsForOneKioskAndForOnce) {
  show(kiosk.id);
  EXPECT_EQ(begin(other), "identity_refused") << "taken to another kiosk";
  EXPECT_EQ(why(), "wrong_nonce");
  ASSERT_EQ(begin(kiosk), "begun");
  const auto token = session.identity_token();
  renew("permit");
  show(kiosk.id);
  session.set_identity_token(token);
  EXPECT_EQ(begin(kiosk), "identity_refused");
  EXPECT_EQ(why(3), "used");
}

TEST_F(RealName, KeysThatChangeCountAtOnceAndKeysThatAreGoneOpenNothing) {
  authority.key = crypto::Sm2PrivateKey::generate().value();
  show(kiosk.id);
  EXPECT_EQ(begin(kiosk), "identity_refused");
  EXPECT_EQ(why(), "bad_signature");
  authority.publish();
  renew("permit");
  show(kiosk.id);
  EXPECT_EQ(begin(kiosk), "begun");
  std::filesystem::remove(authority.keys_file());
  renew("permit");
  show(kiosk.id);
  EXPECT_EQ(begin(kiosk), "identity_unavailable");
}

TEST_F(RealName, AServiceForIdentifiedPersonsIsAskedForNobodyElse) {
  renew("advice");
  ASSERT_EQ(begin(kiosk), "begun");
  good(bed.platform.store->write([&](auto& r) -> Result<> {  // as a session from before the connector asked for it
    auto old = take(r.business().of_device(kiosk.id, 1)).at(0);
    old.id = *store::BusinessSessionId::from_bytes(Bytes(16, 9));
    old.trace = *TraceId::from_bytes(Bytes(16, 9));
    old.matter = "permit";
    return r.business().insert(old);
  }));
  EXPECT_EQ(testing::ask_broker(bed, kiosk.id, Bytes(16, 9), "/rates").outcome, "identity_required");
}

TEST_F(RealName, MalformedBeginningsEndTheLink) {
  session.set_identity_token("a.b.c");
  EXPECT_EQ(bed.business->begin(kiosk.id, session).code(), Errc::malformed) << "no salt";
  session.set_identity_salt(std::string(16, 's'));
  EXPECT_EQ(begin(kiosk), "identity_refused");
  session.set_identity_token(std::string(realname::kMostToken + 1, 'a'));
  EXPECT_EQ(bed.business->begin(kiosk.id, session).code(), Errc::malformed);
}

TEST(AuthorityFilesTest, WhatIsWrongIsNamedWithItsFile) {
  IdentityAuthority good;
  const auto file = good.dir.path() / "city.toml";
  const auto read = [&](const std::string& text) {
    std::ofstream(file) << text;
    const auto made = AuthorityFiles::load(good.dir.path());
    return made ? std::string("good") : made.error().text();
  };
  const std::string keys = "keys = \"" + good.keys_file() + "\"\n";
  EXPECT_NE(read("name = \"City\"\n").find("city.toml: name"), std::string::npos);
  EXPECT_NE(read("name = \"city\"\nissuer = \"i\"\n" + keys).find("audience"), std::string::npos);
  EXPECT_NE(read("name = \"city\"\nissuer = \"i\"\naudience = \"a\"\nmost_age_seconds = 5\n" + keys).find("most_age"),
            std::string::npos);
  EXPECT_NE(read("name = \"city\"\nissuer = \"i\"\naudience = \"a\"\nsecret = \"x\"\n" + keys).find("secret"),
            std::string::npos);
  EXPECT_NE(read("name = \"city\"\nissuer = \"i\"\naudience = \"a\"\nkeys = \"/nowhere\"\n").find("/nowhere"),
            std::string::npos);
  EXPECT_NE(read("name = ").find("TOML line"), std::string::npos);
  EXPECT_EQ(read("name = \"city\"\nissuer = \"i\"\naudience = \"a\"\n" + keys), "good");
  std::filesystem::copy_file(file, good.dir.path() / "twice.toml");
  EXPECT_NE(read("name = \"city\"\nissuer = \"i\"\naudience = \"a\"\n" + keys).find("twice"), std::string::npos);
}

}  // namespace
}  // namespace kw::server
