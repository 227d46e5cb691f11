#include "crypto/password.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::take;
constexpr auto kPassword = "Correct-horse-9";

class Auth : public ::testing::Test {
 protected:
  void SetUp() override { invite(); }
  void invite(const std::string& account = "alice", const std::string& person = "staff-1") {
    auto invitation = take(p_.auth.invite(account, "Alice", person, "security"));
    good(p_.store->write([&](auto& r) { return r.users().insert(invitation.user); }));
    once_ = invitation.one_time_password;
  }
  std::string totp(Duration later = {}) { return crypto::totp(secret_, crypto::totp_step(p_.clock.now() + later)); }
  LoggedIn activate(const std::string& account = "alice") {
    const auto begun = take(p_.auth.begin_activation(account, once_, kPassword, "peer", ""));
    secret_ = take(from_base32(begun.totp_secret));
    return take(p_.auth.confirm_activation(begun.activation, totp(), "peer", ""));
  }
  Result<LoggedIn> login(const std::string& password, const std::string& one_time_code,
                         const std::string& account = "alice") {
    return p_.auth.login(account, password, one_time_code, "peer", "");
  }
  testing::Platform p_;
  std::string once_;
  Bytes secret_;
};

TEST_F(Auth, ActivationThenLogin) {
  const auto first = activate();
  EXPECT_EQ(take(p_.auth.authenticate(first.cookie)).account, "alice");
  EXPECT_EQ(code(p_.auth.begin_activation("alice", once_, kPassword, "peer", "")), Errc::unauthenticated) << "used up";
  p_.clock.advance(60s);
  const auto second = take(login(kPassword, totp()));
  EXPECT_EQ(code(p_.auth.authenticate(first.cookie)), Errc::unauthenticated) << "one session a person";
  EXPECT_TRUE(p_.auth.alive(second.principal.token_hash));
  EXPECT_FALSE(p_.auth.alive(first.principal.token_hash));
  EXPECT_EQ(p_.count("admin.activated"), 1u);
  EXPECT_EQ(p_.count("admin.login"), 2u);
  good(p_.auth.logout(second.principal, ""));
  EXPECT_EQ(code(p_.auth.authenticate(second.cookie)), Errc::unauthenticated);
}

TEST_F(Auth, ACodeIsGoodOnce) {
  activate();
  EXPECT_EQ(code(login(kPassword, totp())), Errc::unauthenticated) << "the step of the activation";
  p_.clock.advance(60s);
  const auto one_time_code = totp();
  take(login(kPassword, one_time_code));
  EXPECT_EQ(code(login(kPassword, one_time_code)), Errc::unauthenticated);
  EXPECT_EQ(code(login(kPassword, totp(-30s))), Errc::unauthenticated) << "an older step than the last";
}

TEST_F(Auth, CodesOfTheNeighbourStepsOnly) {
  activate();
  p_.clock.advance(10min);
  EXPECT_EQ(code(login(kPassword, totp(-60s))), Errc::unauthenticated);
  EXPECT_EQ(code(login(kPassword, totp(60s))), Errc::unauthenticated);
  take(login(kPassword, totp(-30s)));
  take(login(kPassword, totp(30s)));
}

TEST_F(Auth, LocksAfterFiveFailuresForTenMinutes) {
  activate();
  p_.clock.advance(60s);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(code(login("Wrong-password-1", totp())), Errc::unauthenticated);
  EXPECT_EQ(code(login(kPassword, totp())), Errc::rate_limited) << "even with the right words";
  EXPECT_EQ(p_.count("admin.locked"), 1u);
  EXPECT_EQ(p_.count("admin.login.refused"), 6u);
  EXPECT_EQ(take(p_.alarms.page({})).items.at(0).type, "admin.locked");
  p_.clock.advance(10min + 1s);
  take(login(kPassword, totp()));
}

TEST_F(Auth, FailuresAreForgottenAfterALogin) {
  activate();
  p_.clock.advance(60s);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(code(login("Wrong-password-1", totp())), Errc::unauthenticated);
  take(login(kPassword, totp()));
  p_.clock.advance(60s);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(code(login("Wrong-password-1", totp())), Errc::unauthenticated);
  take(login(kPassword, totp()));
}

TEST_F(Auth, UnknownAndUnreadyAccountsLookTheSame) {
  const auto unknown = login(kPassword, "123456", "nobody");
  const auto invited = login(kPassword, "123456");
  ASSERT_EQ(code(unknown), Errc::unauthenticated);
  ASSERT_EQ(code(invited), Errc::unauthenticated);
  EXPECT_EQ(unknown.error().text(), invited.error().text());
  for (const auto& entry : p_.outbox()) {
    EXPECT_NE(entry.person(), "nobody") << "a mistyped name may be a password";
  }
}

TEST_F(Auth, OnePeerCannotTryForEver) {
  for (unsigned i = 0; i < AuthService::kMostAttempts; ++i) {
    EXPECT_EQ(code(p_.auth.confirm_activation("no-such-activation", "123456", "10.0.0.1", "")), Errc::unauthenticated);
  }
  EXPECT_EQ(code(p_.auth.confirm_activation("no-such-activation", "123456", "10.0.0.1", "")), Errc::rate_limited);
  EXPECT_EQ(code(p_.auth.confirm_activation("no-such-activation", "123456", "10.0.0.2", "")), Errc::unauthenticated);
  p_.clock.advance(61s);
  EXPECT_EQ(code(p_.auth.confirm_activation("no-such-activation", "123456", "10.0.0.1", "")), Errc::unauthenticated);
}

TEST_F(Auth, SessionsEndIdleAndAtLast) {
  auto in = activate();
  p_.clock.advance(AuthService::kIdle);
  EXPECT_EQ(code(p_.auth.authenticate(in.cookie)), Errc::unauthenticated) << "idle";
  in = take(login(kPassword, totp()));
  for (int i = 0; i < 8 * 60 / 10 - 1; ++i) {
    p_.clock.advance(10min);
    ASSERT_TRUE(p_.auth.authenticate(in.cookie).has_value()) << i;
  }
  p_.clock.advance(10min);
  EXPECT_EQ(code(p_.auth.authenticate(in.cookie)), Errc::unauthenticated) << "eight hours";
  EXPECT_EQ(code(p_.auth.authenticate("")), Errc::unauthenticated);
  EXPECT_EQ(code(p_.auth.authenticate(std::string(64, '0'))), Errc::unauthenticated);
}

TEST_F(Auth, WeakPasswordsAreRefused) {
  EXPECT_EQ(code(p_.auth.begin_activation("alice", once_, "weak", "peer", "")), Errc::invalid);
  p_.auth.set_breached(BreachedPasswords::parse(kPassword));
  EXPECT_EQ(code(p_.auth.begin_activation("alice", once_, kPassword, "peer", "")), Errc::invalid)
      << "everybody knows it";
}

TEST_F(Auth, ConfirmShowsPasswordAndCodeOnceMore) {
  const auto in = activate();
  p_.clock.advance(60s);
  EXPECT_EQ(code(p_.auth.confirm(in.principal, "Wrong-password-1", totp(), "peer", "")), Errc::forbidden);
  EXPECT_EQ(code(p_.auth.confirm(in.principal, kPassword, "000000", "peer", "")), Errc::forbidden);
  EXPECT_EQ(p_.count("admin.login.refused"), 2u) << "they count as failures of a login";
  const auto one_time_code = totp();
  EXPECT_EQ(take(p_.auth.confirm(in.principal, kPassword, one_time_code, "peer", "")).confirmed, p_.clock.now());
  EXPECT_EQ(take(p_.auth.authenticate(in.cookie)).confirmed, p_.clock.now());
  EXPECT_EQ(code(p_.auth.confirm(in.principal, kPassword, one_time_code, "peer", "")), Errc::forbidden)
      << "a code is good once";
  EXPECT_EQ(p_.count("admin.confirmed"), 1u);
}

TEST_F(Auth, FailuresOfConfirmLockTheAccount) {
  const auto in = activate();
  p_.clock.advance(60s);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(code(p_.auth.confirm(in.principal, "Wrong-password-1", totp(), "peer", "")), Errc::forbidden);
  EXPECT_EQ(code(p_.auth.confirm(in.principal, kPassword, totp(), "peer", "")), Errc::rate_limited);
}

TEST_F(Auth, APasswordGetsOldAndIsChanged) {
  const auto in = activate();
  p_.clock.advance(24h * 90 - 60s);
  EXPECT_FALSE(take(login(kPassword, totp())).principal.password_expired);
  p_.clock.advance(60s);
  const auto old = take(login(kPassword, totp()));
  EXPECT_TRUE(old.principal.password_expired);
  EXPECT_TRUE(take(p_.auth.authenticate(old.cookie)).password_expired);
  p_.clock.advance(60s);
  const auto change = [&](const std::string& next) {
    return p_.auth.change_password(old.principal, kPassword, totp(), next, "peer", "");
  };
  EXPECT_EQ(code(change(kPassword)), Errc::invalid) << "the same once more";
  EXPECT_EQ(code(change("weak")), Errc::invalid);
  EXPECT_FALSE(take(change("Correct-horse-10")).password_expired);
  EXPECT_FALSE(take(p_.auth.authenticate(old.cookie)).password_expired);
  EXPECT_EQ(p_.count("admin.password.changed"), 1u);
  p_.clock.advance(60s);
  EXPECT_EQ(code(login(kPassword, totp())), Errc::unauthenticated);
  const auto in_again = take(login("Correct-horse-10", totp()));
  p_.clock.advance(60s);
  EXPECT_EQ(code(p_.auth.change_password(in_again.principal, "Correct-horse-10", totp(), kPassword, "peer", "")),
            Errc::invalid)
      << "not one of the last five";
}

TEST_F(Auth, AnAccountEndsOnItsLastDay) {
  const auto in = activate();
  auto user = take(p_.store->read([](auto& r) { return r.users().by_account("alice"); }));
  user.ends = p_.clock.now() + 120s;
  good(p_.store->write([&](auto& r) { return r.users().update(user); }));
  take(p_.auth.authenticate(in.cookie));
  p_.clock.advance(120s);
  EXPECT_EQ(code(p_.auth.authenticate(in.cookie)), Errc::unauthenticated);
  EXPECT_FALSE(p_.auth.alive(in.principal.token_hash));
  EXPECT_EQ(code(login(kPassword, totp())), Errc::unauthenticated);
  EXPECT_EQ(code(p_.auth.act_for(user.id)), Errc::forbidden);
}

TEST_F(Auth, SessionsAreListedAndRevoked) {
  const auto in = activate();
  invite("bob", "staff-2");
  const auto bob = activate("bob");
  EXPECT_EQ(take(p_.auth.sessions({})).size(), 2u);
  const auto own = take(p_.auth.sessions(in.principal.user));
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].account, "alice");
  EXPECT_EQ(own[0].peer, "peer");
  EXPECT_EQ(own[0].id, session_id(in.principal.token_hash));
  EXPECT_EQ(own[0].id.size(), 32u);
  EXPECT_EQ(code(p_.auth.revoke(own[0].id, bob.principal.user, bob.principal, "")), Errc::not_found) << "not another's";
  good(p_.auth.revoke(own[0].id, {}, bob.principal, ""));
  EXPECT_EQ(code(p_.auth.authenticate(in.cookie)), Errc::unauthenticated);
  EXPECT_EQ(p_.count("admin.session.revoked"), 1u);
  EXPECT_EQ(code(p_.auth.revoke(own[0].id, {}, bob.principal, "")), Errc::not_found);
  p_.clock.advance(AuthService::kIdle);
  EXPECT_TRUE(take(p_.auth.sessions({})).empty()) << "idle ones have ended";
}

TEST_F(Auth, InvitationsAndActivationsRunOut) {
  const auto begun = take(p_.auth.begin_activation("alice", once_, kPassword, "peer", ""));
  secret_ = take(from_base32(begun.totp_secret));
  p_.clock.advance(11min);
  EXPECT_EQ(code(p_.auth.confirm_activation(begun.activation, totp(), "peer", "")), Errc::unauthenticated);
  p_.clock.advance(AuthService::kInvitation);
  EXPECT_EQ(code(p_.auth.begin_activation("alice", once_, kPassword, "peer", "")), Errc::unauthenticated);
}

TEST_F(Auth, AWrongCodeDoesNotActivate) {
  const auto begun = take(p_.auth.begin_activation("alice", once_, kPassword, "peer", ""));
  secret_ = take(from_base32(begun.totp_secret));
  EXPECT_EQ(code(p_.auth.confirm_activation(begun.activation, totp(90s), "peer", "")), Errc::unauthenticated);
  EXPECT_EQ(take(p_.users.list()).at(0).state, store::UserState::invited);
  take(p_.auth.confirm_activation(begun.activation, totp(), "peer", ""));
}

TEST_F(Auth, SecretsAreNotStoredAsTheyAre) {
  const auto in = activate();
  const auto user = take(p_.store->read([](auto& r) { return r.users().by_account("alice"); }));
  EXPECT_EQ(user.password_hash.find(kPassword), std::string::npos);
  EXPECT_EQ(std::search(user.totp_sealed.begin(), user.totp_sealed.end(), secret_.begin(), secret_.end()),
            user.totp_sealed.end());
  EXPECT_EQ(code(p_.store->read([&](auto& r) { return r.sessions().get(bytes_of(in.cookie)); })), Errc::not_found);
}

TEST_F(Auth, UsersOneRoleAPersonAndNobodyHimself) {
  const Principal who{UserId::make(p_.clock.now(), p_.random), "root", "Root", "staff-0", "system", "", {}, {}};
  const auto create = [&](const std::string& account, const std::string& person, const std::string& role) {
    return p_.users.create({account, "Name", person, role, {}, {}}, who, "");
  };
  EXPECT_EQ(code(create("twin", "staff-0", "audit")), Errc::forbidden);
  EXPECT_EQ(code(create("bob", "staff-1", "audit")), Errc::already_exists);
  EXPECT_EQ(code(create("bob", "staff-2", "king")), Errc::invalid);
  EXPECT_EQ(code(create("bob", "staff-2", "assessor")), Errc::invalid) << "needs a last day";
  const auto bob = take(create("bob", "staff-2", "security"));
  EXPECT_EQ(p_.count("admin.created"), 1u);
  const auto alice = activate().principal;
  EXPECT_EQ(code(p_.users.disable(alice.user, "x", who, "")), Errc::wrong_state) << "the last active of her role";
  EXPECT_EQ(code(p_.users.disable(alice.user, "x", alice, "")), Errc::forbidden) << "herself";
  take(p_.users.disable(bob.id, "left", who, ""));
  EXPECT_EQ(code(p_.users.disable(bob.id, "again", who, "")), Errc::wrong_state);
  take(create("bob2", "staff-2", "audit"));
}

TEST_F(Auth, ANewAccountOpensNothingUntilItIsInvited) {
  const Principal who{UserId::make(p_.clock.now(), p_.random), "root", "Root", "staff-0", "system", "", {}, {}};
  const auto bob = take(p_.users.create({"bob", "Bob", "staff-2", "operator", {}, {}}, who, ""));
  EXPECT_EQ(code(p_.auth.begin_activation("bob", "", kPassword, "peer", "")), Errc::unauthenticated);
  const auto first = take(p_.users.invite(bob.id, who, "")), second = take(p_.users.invite(bob.id, who, ""));
  EXPECT_EQ(code(p_.auth.begin_activation("bob", first.one_time_password, kPassword, "peer", "")),
            Errc::unauthenticated)
      << "the newer one holds";
  once_ = second.one_time_password;
  activate("bob");
  EXPECT_EQ(code(p_.users.invite(bob.id, who, "")), Errc::wrong_state) << "in use";
  EXPECT_EQ(p_.count("admin.invited"), 2u);
}

TEST_F(Auth, AChangeOfRoleOrScopeSaysWhatWasAndEndsTheSession) {
  const Principal who{UserId::make(p_.clock.now(), p_.random), "root", "Root", "staff-0", "system", "", {}, {}};
  const auto alice = activate();
  const auto district = take(p_.regions.create(store::city_region(), "福田", store::RegionKind::district, who, ""));
  UserChange scope;
  scope.scope = {{district.id}};
  const auto words = take(p_.users.check_change(alice.principal.user, scope, who));
  EXPECT_EQ(words.at("regions"), "全市 → 福田");
  EXPECT_EQ(words.at("person"), "staff-1") << "so that she cannot approve it herself";
  take(p_.users.change(alice.principal.user, scope, "moved", who, ""));
  EXPECT_EQ(code(p_.auth.authenticate(alice.cookie)), Errc::unauthenticated);
  EXPECT_EQ(p_.count("admin.changed"), 1u);
  UserChange role;
  role.role = "operator";
  EXPECT_EQ(code(p_.users.change(alice.principal.user, role, "r", who, "")), Errc::wrong_state)
      << "the last of her role";
  EXPECT_EQ(code(p_.users.change(alice.principal.user, scope, "r", who, "")), Errc::invalid) << "nothing changes";
  EXPECT_EQ(code(p_.users.change(alice.principal.user, scope, "r", alice.principal, "")), Errc::forbidden) << "herself";
  scope.scope = store::Scope{{store::RegionId::make(p_.clock.now(), p_.random)}};
  EXPECT_EQ(code(p_.users.check_change(alice.principal.user, scope, who)), Errc::invalid) << "no such region";
}

TEST(FirstUsers, AreMadeOnceAndAgainOnlyWhenUnused) {
  testing::Platform p;
  int announced = 0;
  const auto make = [&] {
    return take(p.users.create_first([&](const auto&) -> Result<> {
      ++announced;
      return {};
    }));
  };
  EXPECT_EQ(make().size(), 3u);
  EXPECT_TRUE(make().empty());
  p.clock.advance(AuthService::kInvitation);
  EXPECT_EQ(make().size(), 3u) << "nobody came in time";
  EXPECT_EQ(take(p.users.list()).size(), 3u);
  EXPECT_EQ(announced, 2);
  p.clock.advance(AuthService::kInvitation);
  const auto failed = p.users.create_first([](const auto&) -> Result<> { return fail(Errc::no_space); });
  EXPECT_EQ(code(failed), Errc::no_space);
}

}  // namespace
}  // namespace kw::server
