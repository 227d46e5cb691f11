#include "server/api_token_service.h"

#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::take;

struct Machines : testing::Platform {
  Principal maker;

  Machines() {
    const Principal root{UserId::make(clock.now(), random), "root", "", "staff-0", "system", "", {}, {}};
    auto user = take(users.create({"alice", "Alice", "staff-1", "security", {}, {}}, root, ""));
    user.state = store::UserState::active;
    good(store->write([&](auto& r) { return r.users().update(user); }));
    maker = take(auth.act_for(user.id));
  }
  Result<ApiTokenMade> make(std::set<std::string> operations, const std::string& certificate = "",
                            std::uint64_t days = 30) {
    store::ApiToken wanted;
    wanted.name = "monitor";
    wanted.operations = std::move(operations);
    wanted.certificate = certificate;
    return tokens.create(std::move(wanted), days, maker, "");
  }
};

TEST(ApiTokens, ATokenDoesWhatItNamesAndNothingElse) {
  Machines p;
  const auto made = take(p.make({"listDevices", "cutDevice"}));
  EXPECT_EQ(made.text.rfind("kwt-", 0), 0u);
  const auto who = take(p.tokens.authenticate(made.text, ""));
  EXPECT_TRUE(who.machine());
  EXPECT_TRUE(who.may("listDevices"));
  EXPECT_TRUE(who.may("cutDevice"));
  EXPECT_FALSE(who.may("listAlarms")) << "her role may, the token may not";
  EXPECT_EQ(who.account, "token:monitor");
  EXPECT_EQ(p.count("api.token.created"), 1u);
  EXPECT_TRUE(take(p.tokens.list()).at(0).last_used.has_value());
}

TEST(ApiTokens, NobodyGivesATokenMoreThanHeHas) {
  Machines p;
  for (const auto* operation :
       {"createUser", "listAudit", "publishPolicy", "releaseDevice", "createApiToken", "login", "nothing"})
    EXPECT_EQ(code(p.make({"listDevices", operation})), Errc::invalid) << operation;
  EXPECT_EQ(code(p.make({})), Errc::invalid);
  EXPECT_EQ(code(p.make({"listDevices"}, "xyz")), Errc::invalid);
  EXPECT_EQ(code(p.make({"listDevices"}, "", 0)), Errc::invalid);
  EXPECT_EQ(code(p.make({"listDevices"}, "", 367)), Errc::invalid);
  const auto district = take(p.regions.create(store::city_region(), "福田", store::RegionKind::district, p.maker, ""));
  p.maker.scope = {{district.id}};
  EXPECT_EQ(code(p.make({"listDevices"})), Errc::invalid) << "the city is beyond her";
}

TEST(ApiTokens, ATokenEndsWithItsTimeItsRevocationAndItsMaker) {
  Machines p;
  const auto made = take(p.make({"listDevices"})), other = take(p.make({"listDevices"})),
             third = take(p.make({"listDevices"}, "", 90));
  EXPECT_EQ(code(p.tokens.authenticate("kwt-nobody", "")), Errc::unauthenticated);
  EXPECT_EQ(code(p.tokens.authenticate(std::string(10'000, 'a'), "")), Errc::unauthenticated);
  take(p.tokens.revoke(made.token.id, "lost", p.maker, ""));
  EXPECT_EQ(code(p.tokens.authenticate(made.text, "")), Errc::unauthenticated);
  EXPECT_EQ(code(p.tokens.revoke(made.token.id, "again", p.maker, "")), Errc::conflict);
  take(p.tokens.authenticate(other.text, ""));
  p.clock.advance(24h * 30);
  EXPECT_EQ(code(p.tokens.authenticate(other.text, "")), Errc::unauthenticated) << "over";
  take(p.tokens.authenticate(third.text, ""));
  auto user = take(p.store->read([&](auto& r) { return r.users().get(p.maker.user); }));
  user.state = store::UserState::disabled;
  good(p.store->write([&](auto& r) { return r.users().update(user); }));
  EXPECT_EQ(code(p.tokens.authenticate(third.text, "")), Errc::unauthenticated) << "her account is gone";
  EXPECT_EQ(p.count("api.token.revoked"), 1u);
}

TEST(ApiTokens, ABoundTokenNeedsItsCertificate) {
  Machines p;
  const std::string fingerprint(64, 'a');
  std::string shown;
  for (int i = 0; i < 32; ++i) shown += std::string(i ? ":" : "") + "AA";
  const auto made = take(p.make({"listDevices"}, shown));
  EXPECT_EQ(made.token.certificate, fingerprint);
  EXPECT_EQ(code(p.tokens.authenticate(made.text, "")), Errc::unauthenticated);
  EXPECT_EQ(code(p.tokens.authenticate(made.text, std::string(64, 'b'))), Errc::unauthenticated);
  take(p.tokens.authenticate(made.text, fingerprint));
  take(p.tokens.authenticate(made.text, shown));
  EXPECT_EQ(p.count("api.token.refused"), 2u);
}

TEST(ApiTokens, AScopeIsWhatTokenAndMakerHaveInCommon) {
  Machines p;
  const auto district = take(p.regions.create(store::city_region(), "福田", store::RegionKind::district, p.maker, ""));
  const auto made = take(p.make({"listDevices"}));
  EXPECT_TRUE(take(p.tokens.authenticate(made.text, "")).scope.whole());
  good(p.store->write([&](auto& r) { return r.users().set_scope(p.maker.user, {{district.id}}); }));
  const auto who = take(p.tokens.authenticate(made.text, ""));
  EXPECT_EQ(who.scope.regions, std::vector<store::RegionId>{district.id});
}

}  // namespace
}  // namespace kw::server
