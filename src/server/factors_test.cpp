// Passkeys and UKeys as second factors: registered, shown, refused, required, lost. Ceremonies are those that others
// made (src/webauthn/testdata): the platform's random octets are made to give their challenges.
#include <boost/json.hpp>
#include <deque>
#include <fstream>
#include <sstream>

#include "crypto/password.h"
#include "pki/ukey_message.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::take;
constexpr auto kFactorPassword = "Correct-horse-9";

/// GivenRandom gives what a test wants as the next octets of a size, and random ones otherwise.
class GivenRandom final : public Random {
 public:
  void fill(MutableByteView out) override {
    if (!next_.empty() && next_.front().size() == out.size()) {
      std::ranges::copy(next_.front(), out.begin());
      next_.pop_front();
      return;
    }
    system_.fill(out);
  }
  void give(Bytes octets) { next_.push_back(std::move(octets)); }

 private:
  crypto::SystemRandom system_;
  std::deque<Bytes> next_;
};

boost::json::value ceremony(std::string_view name) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/src/webauthn/testdata/ceremonies.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto all = boost::json::parse(text.str());
  for (const auto& one : all.at("ceremonies").as_array())
    if (std::string_view(one.at("name").as_string()).starts_with(name)) return one;
  ADD_FAILURE() << name;
  return {};
}
Bytes field(const boost::json::value& from, std::string_view name) {
  return take(from_hex(std::string(from.at(name).as_string())));
}

/// An authority of UKeys, and what it says of its certificates.
struct UkeyAuthority {
  crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
  crypto::Name name{"CN", "Test", "", "UKey CA", ""};
  Timestamp now = testing::FakeClock().now();
  crypto::Certificate certificate = issue(name, key, true, 0);
  std::uint64_t crl_number = 0;
  std::vector<crypto::RevocationList::Entry> revoked;
  Duration crl_life = std::chrono::hours(24 * 30);

  crypto::Certificate issue(const crypto::Name& subject, const crypto::Sm2PrivateKey& of, bool ca = false,
                            std::uint64_t serial = 1, Duration life = std::chrono::hours(24 * 365)) const {
    using enum crypto::KeyUsage;
    crypto::CertificateTemplate what;
    what.subject = subject;
    what.issuer = name;
    what.serial = Bytes{1, static_cast<Byte>(serial)};
    what.not_before = now + -std::chrono::hours(1);
    what.not_after = now + life;
    what.key_usage = ca ? key_cert_sign | crl_sign : digital_signature | non_repudiation;
    what.is_ca = ca;
    return take(crypto::build_certificate(what, of.public_key(), key));
  }
  Result<pki::TrustStore> trust() {
    pki::TrustStore out;
    out.anchors = {certificate};
    out.crls = {take(crypto::RevocationList::build(name, ++crl_number, now, now + crl_life, revoked, key))};
    out.require_crl = true;
    return out;
  }
};

class SecondFactorsTest : public ::testing::Test {
 protected:
  SecondFactorsTest() {
    auth.factors().configure(webauthn::RelyingParty{"example.org", {"https://example.org"}, false},
                             std::make_unique<UkeyFactor>("platform", [this] { return authority.trust(); }));
    settings.set_offered(auth.factors().names());
    alice = enter("alice", "staff-1", secret);
  }
  LoggedIn enter(const std::string& account, const std::string& person, Bytes& totp_secret) {
    auto invitation = take(auth.invite(account, account, person, "security"));
    good(p.store->write([&](auto& r) { return r.users().insert(invitation.user); }));
    const auto begun = take(auth.begin_activation(account, invitation.one_time_password, kFactorPassword, "peer", ""));
    totp_secret = take(from_base32(begun.totp_secret));
    auto out = take(auth.confirm_activation(begun.activation, totp(totp_secret), "peer", ""));
    p.clock.advance(60s);
    return out;
  }
  std::string totp(const Bytes& of) { return crypto::totp(of, crypto::totp_step(p.clock.now())); }

  /// The others' challenges are always the same: one that was answered before has to be forgotten first.
  void forget_challenges() { p.clock.advance(Challenges::kLife); }
  Result<store::Factor> register_w3c(const Principal& who) {
    forget_challenges();
    const auto w3c = ceremony("W3C WebAuthn Level 3, 16.2").at("registration");
    random.give(field(w3c, "challenge"));
    const auto given = take(auth.challenge_in(who, "passkey", "add"));
    EXPECT_EQ(given.challenge, field(w3c, "challenge"));
    NewFactor wanted;
    wanted.factor = "passkey";
    wanted.name = "my key";
    wanted.attempt = given.attempt;
    wanted.client_data = field(w3c, "client_data");
    wanted.attestation_object = field(w3c, "attestation_object");
    return own.add(wanted, who, "");
  }
  FactorAnswer w3c_answer(const std::string& account = "alice") {
    forget_challenges();
    const auto w3c = ceremony("W3C WebAuthn Level 3, 16.2").at("assertion");
    random.give(field(w3c, "challenge"));
    return passkey_answer(w3c, field(ceremony("W3C WebAuthn Level 3, 16.2").at("registration"), "credential_id"),
                          take(auth.challenge_login(account, "passkey")).attempt);
  }
  static FactorAnswer passkey_answer(const boost::json::value& assertion, Bytes handle, std::string attempt) {
    FactorAnswer out;
    out.factor = "passkey";
    out.attempt = std::move(attempt);
    out.handle = std::move(handle);
    out.client_data = field(assertion, "client_data");
    out.authenticator_data = field(assertion, "authenticator_data");
    out.signature = field(assertion, "signature");
    return out;
  }
  Result<store::Factor> register_ukey(const Principal& who, const crypto::Certificate& certificate,
                                      const crypto::Sm2PrivateKey& key) {
    const auto given = take(auth.challenge_in(who, "ukey", "add"));
    NewFactor wanted;
    wanted.factor = "ukey";
    wanted.name = "blue key";
    wanted.attempt = given.attempt;
    wanted.certificate = certificate.der();
    wanted.signature = sign(key, "add", who.account, given.challenge);
    return own.add(wanted, who, "");
  }
  static Bytes sign(const crypto::Sm2PrivateKey& key, const std::string& purpose, const std::string& account,
                    const Bytes& challenge) {
    return take(key.sign(bytes_of(pki::UkeyMessage{purpose, "platform", account, challenge}.text())));
  }
  FactorAnswer ukey_answer(const crypto::Sm2PrivateKey& key, const std::string& account = "alice") {
    const auto given = take(auth.challenge_login(account, "ukey"));
    FactorAnswer out;
    out.factor = "ukey";
    out.attempt = given.attempt;
    out.signature = sign(key, "login", account, given.challenge);
    return out;
  }
  Result<LoggedIn> login(const FactorAnswer& answer, const std::string& account = "alice") {
    return auth.login(account, kFactorPassword, answer, "peer", "");
  }
  std::string last_reason() {
    std::string out;
    for (const auto& entry : p.outbox())
      if (entry.type() == "admin.login.refused") out = entry.params().at("reason");
    return out;
  }
  void require(std::vector<std::string> factors) {
    auto next = take(settings.get());
    next.required_factors = std::move(factors);
    take(settings.change(next, "why", p.security));
  }

  testing::Platform p;
  GivenRandom random;
  Changes changes{*p.store, p.clock, random};
  SettingsService settings{changes};
  AuthService auth{changes, testing::test_keys().sealer(), settings, p.log};
  FactorService own{changes, auth, settings};
  UserService users{changes, auth};
  UkeyAuthority authority;
  Bytes secret;
  LoggedIn alice;
  crypto::Sm2PrivateKey ukey = take(crypto::Sm2PrivateKey::generate());
  crypto::Certificate ukey_certificate = authority.issue({"CN", "", "", "alice", "1"}, ukey);
};

TEST_F(SecondFactorsTest, APasskeyIsRegisteredAndOpensASession) {
  const auto made = take(register_w3c(alice.principal));
  EXPECT_EQ(made.kind, store::FactorKind::passkey);
  EXPECT_EQ(take(own.list(alice.principal.user)).at(0).name, "my key");
  const auto in = take(login(w3c_answer()));
  EXPECT_EQ(in.principal.factor, "passkey");
  EXPECT_EQ(take(auth.authenticate(in.cookie)).factor, "passkey");
  EXPECT_EQ(take(own.list(alice.principal.user)).at(0).last_used, p.clock.now());
  EXPECT_EQ(p.count("admin.factor.added"), 1u);
  take(login(totp(secret)));  // the code is still good
}

TEST_F(SecondFactorsTest, AChallengeIsGoodOnceForOnePersonOnePurposeAndThreeMinutes) {
  take(register_w3c(alice.principal));
  auto answer = w3c_answer();
  take(login(answer));
  EXPECT_EQ(code(login(answer)), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "challenge") << "once";

  answer = w3c_answer();
  auto spoilt = answer;
  spoilt.signature.back() ^= 1;
  EXPECT_EQ(code(login(spoilt)), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "signature");
  EXPECT_EQ(code(login(answer)), Errc::unauthenticated) << "a failed answer spends it too";
  EXPECT_EQ(last_reason(), "challenge");
  take(login(totp(secret)));  // five failures in a row would lock the account

  answer = w3c_answer("bob");
  EXPECT_EQ(code(login(answer)), Errc::unauthenticated) << "given for another account";
  EXPECT_EQ(last_reason(), "challenge");

  answer = w3c_answer();
  EXPECT_EQ(code(auth.confirm(alice.principal, kFactorPassword, answer, "peer", "")), Errc::forbidden)
      << "given for login";
  take(login(totp(secret)));
  answer = w3c_answer();
  p.clock.advance(Challenges::kLife);
  EXPECT_EQ(code(login(answer)), Errc::unauthenticated) << "expired";
  EXPECT_EQ(last_reason(), "challenge");
  answer.attempt = "00ff";
  EXPECT_EQ(code(login(answer)), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "challenge") << "made up";
}

TEST_F(SecondFactorsTest, APasskeyIsOnePersonsOnly) {
  take(register_w3c(alice.principal));
  Bytes other;
  const auto bob = enter("bob", "staff-2", other);
  EXPECT_EQ(code(register_w3c(bob.principal)), Errc::already_exists);
  EXPECT_EQ(code(auth.login("bob", kFactorPassword, w3c_answer("bob"), "peer", "")), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "passkey_unknown");
  const auto id = take(own.list(alice.principal.user)).at(0).id;
  EXPECT_EQ(code(own.remove(id, bob.principal, "")), Errc::not_found);
  good(own.remove(id, alice.principal, ""));
  EXPECT_EQ(code(login(w3c_answer())), Errc::unauthenticated) << "removed";
  EXPECT_EQ(p.count("admin.factor.removed"), 1u);
}

TEST_F(SecondFactorsTest, ARegistrationForAnotherChallengeIsRefusedAndRecorded) {
  const auto w3c = ceremony("W3C WebAuthn Level 3, 16.2").at("registration");
  NewFactor wanted;
  wanted.factor = "passkey";
  wanted.name = "n";
  wanted.attempt = take(auth.challenge_in(alice.principal, "passkey", "add")).attempt;
  wanted.client_data = field(w3c, "client_data");
  wanted.attestation_object = field(w3c, "attestation_object");
  const auto refused = own.add(wanted, alice.principal, "");
  ASSERT_EQ(code(refused), Errc::invalid);
  EXPECT_EQ(refused.error().detail(), "challenge");
  EXPECT_EQ(p.count("admin.factor.refused"), 1u);
  wanted.attempt = take(auth.challenge_in(alice.principal, "passkey", "confirm")).attempt;
  EXPECT_EQ(code(own.add(wanted, alice.principal, "")), Errc::invalid) << "given to confirm";
}

TEST_F(SecondFactorsTest, ACounterThatGoesBackIsRefused) {
  const auto old = ceremony("duo-labs/py_webauthn tests: EC2");
  auth.factors().configure(webauthn::RelyingParty{"localhost", {"http://localhost:5000"}, false}, nullptr);
  store::Factor factor;
  factor.id = store::FactorId::make(p.clock.now(), random);
  factor.user = alice.principal.user;
  factor.name = "n";
  factor.handle = Bytes(16, 1);
  factor.key = field(old, "key");
  factor.counter = 78;  // one more than before the vector: it tells 78
  good(p.store->write([&](auto& r) { return r.factors().insert(factor); }));
  // Its challenge has 64 octets; the platform's have 32. What is judged here is the counter, so the judge is asked
  // itself.
  const auto assertion = old.at("assertion");
  const auto answer = passkey_answer(assertion, factor.handle, "");
  const auto user = take(p.store->read([&](auto& r) { return r.users().get(factor.user); }));
  const auto judged = [&] {
    return take(p.store->read([&](auto& r) {
      return auth.factors().passkeys()->judge(r, user, {answer, "login", field(assertion, "challenge")}, p.clock.now());
    }));
  };
  EXPECT_EQ(judged().reason, "counter");
  good(p.store->write([&](auto& r) { return r.factors().used(factor.id, 77, p.clock.now()); }));
  const auto fine = judged();
  EXPECT_EQ(fine.reason, "");
  EXPECT_EQ(fine.mark, 78u);
}

TEST_F(SecondFactorsTest, AUkeyIsRegisteredAndOpensASession) {
  const auto made = take(register_ukey(alice.principal, ukey_certificate, ukey));
  EXPECT_EQ(made.handle, ukey.public_key().key_id());
  EXPECT_EQ(take(login(ukey_answer(ukey))).principal.factor, "ukey");
  EXPECT_EQ(code(login(ukey_answer(take(crypto::Sm2PrivateKey::generate())))), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "signature");
  // The same key signs something else: a log-in as somebody else, or a confirmation.
  for (const auto& [purpose, account] : {std::pair("confirm", "alice"), std::pair("login", "bob")}) {
    auto again = ukey_answer(ukey);
    const auto fresh = take(auth.challenge_login("alice", "ukey"));
    again.attempt = fresh.attempt;
    again.signature = sign(ukey, purpose, account, fresh.challenge);
    EXPECT_EQ(code(login(again)), Errc::unauthenticated) << purpose << account;
    EXPECT_EQ(last_reason(), "signature");
  }
}

TEST_F(SecondFactorsTest, AUkeysCertificateIsLookedAtEachTime) {
  take(register_ukey(alice.principal, ukey_certificate, ukey));
  authority.revoked = {{ukey_certificate.serial(), authority.now}};
  EXPECT_EQ(code(login(ukey_answer(ukey))), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "revoked");
  authority.revoked.clear();
  take(login(ukey_answer(ukey)));
  p.clock.advance(24h * 31);
  EXPECT_EQ(code(login(ukey_answer(ukey))), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "stale_crl");
  authority.crl_life = 24h * 1000;
  take(login(ukey_answer(ukey)));
  p.clock.advance(24h * 340);
  EXPECT_EQ(code(login(ukey_answer(ukey))), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "expired");
}

TEST_F(SecondFactorsTest, CertificatesThatAreNoUkeysAreNotRegistered) {
  const auto reason = [&](const Result<store::Factor>& refused) {
    EXPECT_EQ(code(refused), Errc::invalid);
    return refused ? std::string() : refused.error().detail();
  };
  UkeyAuthority stranger;
  stranger.name.common_name = "another";
  stranger.certificate = stranger.issue(stranger.name, stranger.key, true, 0);
  EXPECT_EQ(reason(register_ukey(alice.principal, stranger.issue({"CN", "", "", "alice", ""}, ukey), ukey)),
            "unknown_ca");
  UkeyAuthority pretender;  // the same name, another key
  EXPECT_EQ(reason(register_ukey(alice.principal, pretender.issue({"CN", "", "", "alice", ""}, ukey), ukey)),
            "bad_signature");
  EXPECT_EQ(reason(register_ukey(alice.principal, ukey_certificate, take(crypto::Sm2PrivateKey::generate()))),
            "signature")
      << "somebody else's certificate";
  EXPECT_EQ(reason(register_ukey(alice.principal, authority.certificate, authority.key)), "wrong_usage");
  EXPECT_EQ(p.count("admin.factor.refused"), 4u);
  EXPECT_TRUE(take(own.list(alice.principal.user)).empty());
}

TEST_F(SecondFactorsTest, ARoleThatHasToUseOneIsLetInToRegisterItOnly) {
  require({"security:passkey", "security:ukey"});
  EXPECT_TRUE(take(auth.authenticate(alice.cookie)).factor_missing) << "a session from before";
  const auto weak = take(login(totp(secret)));
  EXPECT_TRUE(weak.principal.factor_missing);
  p.clock.advance(60s);
  take(register_ukey(weak.principal, ukey_certificate, ukey));
  EXPECT_TRUE(take(auth.authenticate(weak.cookie)).factor_missing) << "until a log-in with it";
  const auto strong = take(login(ukey_answer(ukey)));
  EXPECT_FALSE(strong.principal.factor_missing);
  EXPECT_EQ(code(login(totp(secret))), Errc::unauthenticated) << "from here on with it only";
  EXPECT_EQ(last_reason(), "factor");
  EXPECT_EQ(code(auth.confirm(strong.principal, kFactorPassword, totp(secret), "peer", "")), Errc::forbidden);
  const auto id = take(own.list(strong.principal.user)).at(0).id;
  EXPECT_EQ(code(own.remove(id, strong.principal, "")), Errc::wrong_state) << "the last one";
  take(register_w3c(strong.principal));
  good(own.remove(id, strong.principal, ""));
}

TEST_F(SecondFactorsTest, AWeakSessionRegistersNothingBesideAFactorThatIsThere) {
  take(register_w3c(alice.principal));
  require({"security:passkey"});
  const auto weak = take(auth.authenticate(alice.cookie));
  ASSERT_TRUE(weak.factor_missing);
  EXPECT_EQ(code(register_ukey(weak, ukey_certificate, ukey)), Errc::forbidden);
}

TEST_F(SecondFactorsTest, RulesThatWouldLockARoleOutAreRefused) {
  auto next = take(settings.get());
  next.required_factors = {{"security:ukey"}};
  settings.set_offered({"totp", "passkey"});
  EXPECT_EQ(code(settings.change(next, "why", p.security)), Errc::invalid);
  next.required_factors = {{"security:ukey", "security:totp"}};
  take(settings.change(next, "why", p.security));
  for (const auto* bad : {"security", "security:", "nobody:totp", "security:sms", ":totp"}) {
    Settings wanted;
    wanted.required_factors = {{bad}};
    EXPECT_EQ(code(check_settings(wanted)), Errc::invalid) << bad;
  }
}

TEST_F(SecondFactorsTest, WhatIsNotTakenHereIsRefused) {
  auth.factors().configure({}, nullptr);
  EXPECT_EQ(code(auth.challenge_login("alice", "passkey")), Errc::invalid);
  EXPECT_EQ(code(auth.challenge_login("alice", "totp")), Errc::invalid);
  FactorAnswer answer;
  answer.factor = "ukey";
  EXPECT_EQ(code(login(answer)), Errc::unauthenticated);
  EXPECT_EQ(last_reason(), "factor");
}

TEST_F(SecondFactorsTest, APersonWhoLostAFactorBeginsAnew) {
  take(register_w3c(alice.principal));
  take(register_ukey(alice.principal, ukey_certificate, ukey));
  Bytes other;
  const auto bob = enter("bob", "staff-2", other);
  EXPECT_EQ(code(users.reset(alice.principal.user, "lost", alice.principal, "")), Errc::forbidden) << "not oneself";
  EXPECT_EQ(take(users.check_reset(alice.principal.user, bob.principal)).at("person"), "staff-1");
  EXPECT_EQ(take(users.reset(alice.principal.user, "lost", bob.principal, "")).state, store::UserState::invited);
  EXPECT_EQ(code(auth.authenticate(alice.cookie)), Errc::unauthenticated);
  EXPECT_TRUE(take(own.list(alice.principal.user)).empty());
  EXPECT_EQ(code(login(totp(secret))), Errc::unauthenticated);
  EXPECT_EQ(code(login(ukey_answer(ukey))), Errc::unauthenticated);
  EXPECT_EQ(p.count("admin.reset"), 1u);
  const auto invitation = take(users.invite(alice.principal.user, bob.principal, ""));
  const auto begun = take(auth.begin_activation("alice", invitation.one_time_password, "Correct-horse-11", "peer", ""));
  const auto fresh = take(from_base32(begun.totp_secret));
  EXPECT_NE(fresh, secret);
  take(auth.confirm_activation(begun.activation, totp(fresh), "peer", ""));
  take(register_w3c(
      take(auth.login("alice", "Correct-horse-11", (p.clock.advance(60s), totp(fresh)), "peer", "")).principal));
}

}  // namespace
}  // namespace kw::server
