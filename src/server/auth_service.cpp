#include "server/auth_service.h"

#include <algorithm>

#include "crypto/password.h"
#include "crypto/sm3.h"
#include "server/permissions.h"
#include "server/token_hash.h"

namespace kw::server {
namespace {

constexpr Duration kActivationTime = std::chrono::minutes(10);
constexpr Duration kTouchEvery = std::chrono::seconds(20);
constexpr std::uint64_t kMostActivationFailures = 5;
constexpr std::string_view kCounter = "counter";  // webauthn::Refusal::counter
constexpr std::size_t kMostOldPasswords = 24;     // as many as the settings can ask for

Error not_let_in() { return Error(Errc::unauthenticated, "account, password or code"); }

}  // namespace

std::string session_id(ByteView token_hash) { return to_hex(token_hash.first(token_hash.size() / 2)); }

bool Principal::may(std::string_view operation) const {
  return server::may(role, operation) && (!operations || operations->contains(std::string(operation)));
}

AuthService::AuthService(Changes& changes, Sealer sealer, SettingsService& settings, Log& log)
    : changes_(changes), sealer_(std::move(sealer)), settings_(settings), log_(log), factors_(changes, sealer_) {}

bool AuthService::ended(const store::User& user) const { return user.ends && *user.ends <= changes_.clock().now(); }

bool AuthService::locked(const store::User& user) const {
  return user.locked_until && *user.locked_until > changes_.clock().now();
}

Result<> AuthService::check_rate(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto minute = changes_.clock().now().unix_seconds() / 60;
  if (attempts_.size() > 10'000) attempts_.clear();
  auto& window = attempts_[peer];
  if (window.minute != minute) window = {minute, 0};
  if (++window.attempts > kMostAttempts) {
    log_.warning("auth.rate_limited", {{"peer", peer}});
    return fail(Errc::rate_limited, "too many attempts");
  }
  return {};
}

Result<Invitation> AuthService::invite(std::string account, std::string display_name, std::string person,
                                       std::string role) {
  const auto now = changes_.clock().now();
  Invitation out;
  out.one_time_password = to_base32(changes_.random().bytes(15));
  out.expires = now + kInvitation;
  out.user.id = UserId::make(now, changes_.random());
  out.user.account = std::move(account);
  out.user.display_name = std::move(display_name);
  out.user.person = std::move(person);
  out.user.role = std::move(role);
  out.user.created = now;
  out.user.one_time_expires = out.expires;
  KW_TRY(out.user.password_hash, crypto::hash_password(out.one_time_password, changes_.random()));
  return out;
}

Result<Invitation> AuthService::invite_again(store::User user) {
  Invitation out;
  out.one_time_password = to_base32(changes_.random().bytes(15));
  out.expires = changes_.clock().now() + kInvitation;
  KW_TRY(user.password_hash, crypto::hash_password(out.one_time_password, changes_.random()));
  user.one_time_expires = out.expires;
  user.failures = 0;
  user.locked_until.reset();
  out.user = std::move(user);
  return out;
}

Result<bool> AuthService::password_fits(const store::User* user, const std::string& password) {
  std::string stored;
  if (user != nullptr && !user->password_hash.empty()) {
    stored = user->password_hash;
  } else {
    const std::lock_guard lock(mutex_);
    if (decoy_.empty()) {
      KW_TRY(decoy_, crypto::hash_password(to_hex(changes_.random().bytes(16)), changes_.random()));
    }
    stored = decoy_;
  }
  KW_TRY(const bool fits, crypto::verify_password(password, stored));
  return fits && user != nullptr;
}

Result<> AuthService::refuse(const store::User* user, std::string_view reason, const std::string& peer,
                             const std::string& trace, const FactorVerdict& verdict) {
  const auto stored = changes_.run([&](Change& change) -> Result<> {
    Happening happening{.type = "admin.login.refused",
                        .result = "refused",
                        .actor = {"", "", trace},
                        .params = {{"peer", peer}, {"reason", std::string(reason)}}};
    if (user == nullptr) return change.record(happening);
    happening.actor.person = user->account;
    happening.actor.role = user->role;
    KW_TRY(auto fresh, change.repositories().users().get(user->id));
    const bool was_locked = locked(fresh);
    if (!was_locked) ++fresh.failures;
    const bool lock_now = !was_locked && fresh.failures >= kMostFailures;
    if (lock_now) {
      fresh.failures = 0;
      fresh.locked_until = changes_.clock().now() + kLock;
    }
    KW_CHECK(change.repositories().users().update(fresh));
    KW_CHECK(change.record(happening));
    if (verdict.reason == kCounter) {  // somebody may have a copy of the authenticator: worth an alarm, whoever it is
      KW_CHECK(change.record({.type = "admin.factor.cloned",
                              .result = "refused",
                              .actor = happening.actor,
                              .params = {{"factor", "passkey"}, {"id", verdict.factor.text()}, {"peer", peer}}}));
    }
    if (!lock_now) return {};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(kLock).count();
    return change.record({.type = "admin.locked",
                          .result = "blocked",
                          .actor = happening.actor,
                          .params = {{"peer", peer}, {"seconds", std::to_string(seconds)}}});
  });
  KW_CHECK(stored);
  return {};
}

Result<ActivationSecret> AuthService::begin_activation(const std::string& account, const std::string& one_time_password,
                                                       const std::string& new_password, const std::string& peer,
                                                       const std::string& trace) {
  KW_CHECK(check_rate(peer));
  auto found = changes_.store().read([&](auto& r) { return r.users().by_account(account); });
  if (!found && found.code() != Errc::not_found) return found.error();
  const auto* user = found ? &*found : nullptr;
  KW_TRY(const bool fits, password_fits(user, one_time_password));
  const auto now = changes_.clock().now();
  if (user != nullptr && locked(*user)) {
    KW_CHECK(refuse(user, "locked", peer, trace));
    return fail(Errc::rate_limited, "locked");
  }
  if (!fits || user->state != store::UserState::invited || !user->one_time_expires || *user->one_time_expires <= now) {
    KW_CHECK(refuse(user, user == nullptr ? "unknown_account" : "one_time_password", peer, trace));
    return not_let_in();
  }
  KW_TRY(const auto settings, settings_.get());
  KW_CHECK(check_password(account, new_password, settings.password_length, breached_));
  const SecretBytes secret(changes_.random().bytes(20));
  ActivationSecret out;
  out.totp_secret = to_base32(secret.reveal());
  out.totp_uri = "otpauth://totp/Kioskward:" + account + "?secret=" + out.totp_secret + "&issuer=Kioskward";
  out.activation = to_hex(changes_.random().bytes(32));
  store::Activation pending;
  pending.token_hash = token_hash(out.activation);
  pending.user = user->id;
  KW_TRY(pending.password_hash, crypto::hash_password(new_password, changes_.random()));
  KW_TRY(pending.totp_sealed, sealer_.seal(TotpFactor::place(user->id), secret.reveal(), changes_.random()));
  pending.expires = now + kActivationTime;
  KW_CHECK(changes_.store().write([&](auto& r) { return r.activations().put(pending); }));
  return out;
}

Result<LoggedIn> AuthService::confirm_activation(const std::string& activation, const std::string& code,
                                                 const std::string& peer, const std::string& trace) {
  KW_CHECK(check_rate(peer));
  const auto token = token_hash(activation);
  auto pending = changes_.store().read([&](auto& r) { return r.activations().get(token); });
  if (!pending && pending.code() != Errc::not_found) return pending.error();
  if (!pending || pending->expires <= changes_.clock().now() || pending->failures >= kMostActivationFailures) {
    KW_CHECK(refuse(nullptr, "activation", peer, trace));
    return not_let_in();
  }
  KW_TRY(auto user, changes_.store().read([&](auto& r) { return r.users().get(pending->user); }));
  KW_TRY(auto secret, sealer_.open(TotpFactor::place(user.id), pending->totp_sealed));
  const auto step = TotpFactor::step(secret.reveal(), code, 0, changes_.clock().now());
  if (!step) {
    KW_CHECK(changes_.store().write([&](auto& r) { return r.activations().count_failure(token); }));
    KW_CHECK(refuse(&user, "code", peer, trace));
    return not_let_in();
  }
  auto entered = changes_.run([&](Change& change) -> Result<LoggedIn> {
    auto& r = change.repositories();
    KW_TRY(auto fresh, r.users().get(user.id));
    if (fresh.state != store::UserState::invited || locked(fresh) || ended(fresh)) return not_let_in();
    KW_CHECK(r.activations().remove(token));
    fresh.state = store::UserState::active;
    fresh.password_hash = pending->password_hash;
    fresh.totp_sealed = pending->totp_sealed;
    fresh.totp_step = *step;
    fresh.one_time_expires.reset();
    fresh.password_changed = changes_.clock().now();
    KW_CHECK(r.users().keep_password(fresh.id, fresh.password_hash, fresh.password_changed, kMostOldPasswords));
    KW_CHECK(change.record({.type = "admin.activated", .actor = {fresh.account, fresh.role, trace}}));
    return open_session(change, fresh, "totp", peer, trace);
  });
  user.password_changed = changes_.clock().now();  // as it was written just now
  return completed(std::move(entered), user);
}

Result<GivenChallenge> AuthService::challenge_login(const std::string& account, const std::string& factor) {
  return factors_.give(factor, "login", account);
}

Result<GivenChallenge> AuthService::challenge_in(const Principal& who, const std::string& factor,
                                                 std::string_view purpose) {
  if (who.machine()) return fail(Errc::forbidden, "a person has to");
  return factors_.give(factor, purpose, to_hex(who.token_hash));
}

Result<std::string_view> AuthService::begin_trial(Trial& trial, const std::string& whose) {
  trial.factor = factors_.find(trial.answer.factor);
  if (trial.factor == nullptr) return std::string_view("factor");
  if (!trial.factor->challenges()) return std::string_view();
  auto challenge = factors_.take(trial.answer.attempt, trial.answer.factor, trial.purpose, whose);
  if (!challenge && challenge.code() == Errc::unauthenticated) return std::string_view("challenge");
  KW_TRY(trial.challenge, std::move(challenge));
  return std::string_view();
}

Result<FactorVerdict> AuthService::judge(store::Repositories& r, const store::User& user, const Trial& trial,
                                         const Settings& settings) {
  const auto now = changes_.clock().now();
  KW_TRY(auto verdict, trial.factor->judge(r, user, {trial.answer, trial.purpose, trial.challenge}, now));
  if (!verdict.reason.empty()) return verdict;
  if (settings.takes(user.role, trial.factor->name())) return verdict;
  // Another factor is wanted. Who has one shows it; who has none may come in to register one.
  KW_TRY(const auto registered, r.factors().of(user.id));
  const bool has_one = std::ranges::any_of(
      registered, [&](const auto& one) { return settings.takes(user.role, store::name(one.kind)); });
  if (has_one) verdict.reason = "factor";
  return verdict;
}

Result<> AuthService::remember(store::Repositories& r, store::User& user, const Trial& trial,
                               const FactorVerdict& verdict) {
  return trial.factor->remember(r, user, verdict, changes_.clock().now());
}

Result<LoggedIn> AuthService::login(const std::string& account, const std::string& password, const FactorAnswer& answer,
                                    const std::string& peer, const std::string& trace) {
  KW_CHECK(check_rate(peer));
  auto found = changes_.store().read([&](auto& r) { return r.users().by_account(account); });
  if (!found && found.code() != Errc::not_found) return found.error();
  const auto* user = found ? &*found : nullptr;
  KW_TRY(const bool fits, password_fits(user, password));
  if (user != nullptr && locked(*user)) {
    KW_CHECK(refuse(user, "locked", peer, trace));
    return fail(Errc::rate_limited, "locked");
  }
  FactorVerdict verdict;
  Trial trial{.answer = answer, .purpose = "login"};
  KW_TRY(const auto settings, settings_.get());
  if (user == nullptr) {
    verdict.reason = "unknown_account";
  } else if (user->state != store::UserState::active) {
    verdict.reason = "not_active";
  } else if (!fits) {
    verdict.reason = "password";
  } else {
    KW_TRY(verdict.reason, begin_trial(trial, account));
    if (verdict.reason.empty()) {
      KW_TRY(verdict, changes_.store().read([&](auto& r) { return judge(r, *user, trial, settings); }));
    }
    if (verdict.reason.empty() && ended(*user)) verdict.reason = "ended";
  }
  if (!verdict.reason.empty()) {
    KW_CHECK(refuse(user, verdict.reason, peer, trace, verdict));
    return not_let_in();
  }
  auto entered = changes_.run([&](Change& change) -> Result<LoggedIn> {
    auto& r = change.repositories();
    KW_TRY(auto fresh, r.users().get(user->id));
    if (fresh.state != store::UserState::active || locked(fresh) || ended(fresh)) return not_let_in();
    // Judged again inside the transaction: of two logins with one code, one wins.
    KW_TRY(const auto again, judge(r, fresh, trial, settings));
    if (!again.reason.empty()) return not_let_in();
    KW_CHECK(remember(r, fresh, trial, again));
    return open_session(change, fresh, trial.factor->name(), peer, trace);
  });
  return completed(std::move(entered), *user);
}

Result<LoggedIn> AuthService::completed(Result<LoggedIn> entered, const store::User& user) {
  if (!entered) return entered;
  KW_TRY(entered->principal.password_expired, password_expired(user));
  KW_TRY(const auto settings, settings_.get());
  entered->principal.factor_missing = !settings.takes(user.role, entered->principal.factor);
  return entered;
}

Result<Principal> AuthService::again(const Principal& who, const std::string& password, const FactorAnswer& answer,
                                     const std::string& peer, const std::string& trace,
                                     const std::function<Result<>(Change&, store::User&)>& then) {
  if (who.machine()) return fail(Errc::forbidden, "a person has to");
  KW_CHECK(check_rate(peer));
  KW_TRY(auto user, changes_.store().read([&](auto& r) { return r.users().get(who.user); }));
  if (locked(user)) {
    KW_CHECK(refuse(&user, "locked", peer, trace));
    return fail(Errc::rate_limited, "locked");
  }
  FactorVerdict verdict;
  Trial trial{.answer = answer, .purpose = "confirm"};
  KW_TRY(const auto settings, settings_.get());
  KW_TRY(const bool fits, password_fits(&user, password));
  if (!fits) verdict.reason = "password";
  if (verdict.reason.empty()) {
    KW_TRY(verdict.reason, begin_trial(trial, to_hex(who.token_hash)));
  }
  if (verdict.reason.empty()) {
    KW_TRY(verdict, changes_.store().read([&](auto& r) { return judge(r, user, trial, settings); }));
  }
  if (!verdict.reason.empty()) {
    KW_CHECK(refuse(&user, verdict.reason, peer, trace, verdict));
    return fail(Errc::forbidden, "password or code");
  }
  return changes_.run([&](Change& change) -> Result<Principal> {
    auto& r = change.repositories();
    const auto now = changes_.clock().now();
    KW_TRY(auto fresh, r.users().get(who.user));
    KW_TRY(const auto once_more, judge(r, fresh, trial, settings));
    if (!once_more.reason.empty() || fresh.state != store::UserState::active)
      return fail(Errc::forbidden, "password or code");
    KW_CHECK(remember(r, fresh, trial, once_more));
    fresh.failures = 0;
    KW_CHECK(then(change, fresh));
    KW_CHECK(r.users().update(fresh));
    KW_CHECK(r.sessions().confirm(who.token_hash, now));
    auto out = who;
    out.confirmed = now;
    return out;
  });
}

Result<Principal> AuthService::confirm(const Principal& who, const std::string& password, const FactorAnswer& answer,
                                       const std::string& peer, const std::string& trace) {
  return again(who, password, answer, peer, trace, [&](Change& change, store::User&) {
    return change.record(
        {.type = "admin.confirmed", .actor = who.actor(trace), .params = {{"peer", peer}, {"factor", answer.factor}}});
  });
}

Result<Principal> AuthService::change_password(const Principal& who, const std::string& password,
                                               const FactorAnswer& answer, const std::string& next,
                                               const std::string& peer, const std::string& trace) {
  KW_TRY(const auto settings, settings_.get());
  KW_CHECK(check_password(who.account, next, settings.password_length, breached_));
  KW_TRY(auto old, changes_.store().read([&](auto& r) { return r.users().old_passwords(who.user); }));
  old.resize(std::min<std::size_t>(old.size(), settings.password_history));
  for (const auto& hash : old) {
    KW_TRY(const bool same, crypto::verify_password(next, hash));
    if (same) return fail(Errc::invalid, "/new_password: used before");
  }
  KW_TRY(const auto hash, crypto::hash_password(next, changes_.random()));
  KW_TRY(
      auto out, again(who, password, answer, peer, trace, [&](Change& change, store::User& user) -> Result<> {
        user.password_hash = hash;
        user.password_changed = changes_.clock().now();
        KW_CHECK(change.repositories().users().keep_password(user.id, hash, user.password_changed, kMostOldPasswords));
        return change.record({.type = "admin.password.changed", .actor = who.actor(trace)});
      }));
  out.password_expired = false;
  return out;
}

Result<std::vector<SessionInfo>> AuthService::sessions(const std::optional<UserId>& of) {
  KW_TRY(const auto settings, settings_.get());
  const auto now = changes_.clock().now();
  return changes_.store().read([&](store::Repositories& r) -> Result<std::vector<SessionInfo>> {
    std::vector<SessionInfo> out;
    KW_TRY(const auto all, r.sessions().list());
    for (const auto& one : all) {
      if ((of && one.user != *of) || one.expires <= now || one.last_used + settings.idle() <= now) continue;
      KW_TRY(const auto user, r.users().get(one.user));
      out.push_back({session_id(one.token_hash), user.account, user.role, one.peer, user.id, one.created, one.last_used,
                     one.expires});
    }
    return out;
  });
}

Result<> AuthService::revoke(const std::string& id, const std::optional<UserId>& of, const Principal& who,
                             const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    KW_TRY(const auto all, r.sessions().list());
    for (const auto& one : all) {
      if (session_id(one.token_hash) != id || (of && one.user != *of)) continue;
      KW_TRY(const auto user, r.users().get(one.user));
      KW_CHECK(r.sessions().remove(one.token_hash));
      return change.record(
          {.type = "admin.session.revoked", .actor = who.actor(trace), .params = {{"account", user.account}}});
    }
    return fail(Errc::not_found, "session");
  });
}

Result<LoggedIn> AuthService::open_session(Change& change, store::User& user, std::string_view factor,
                                           const std::string& peer, const std::string& trace) {
  const auto now = changes_.clock().now();
  LoggedIn out;
  out.cookie = to_hex(changes_.random().bytes(32));
  store::Session session;
  session.token_hash = token_hash(out.cookie);
  session.user = user.id;
  session.csrf = to_hex(changes_.random().bytes(16));
  session.created = session.last_used = session.confirmed = now;
  session.peer = peer;
  session.factor = factor;
  session.expires = now + kAbsolute;
  user.failures = 0;
  user.locked_until.reset();
  user.last_login = now;
  auto& r = change.repositories();
  KW_CHECK(r.users().update(user));
  KW_CHECK(r.sessions().purge(now));
  KW_CHECK(r.sessions().remove_user(user.id));
  KW_CHECK(r.sessions().insert(session));
  KW_CHECK(change.record({.type = "admin.login",
                          .actor = {user.account, user.role, trace},
                          .params = {{"peer", peer}, {"factor", session.factor}}}));
  out.principal = {user.id,      user.account,    user.display_name,  user.person, user.role,
                   session.csrf, session.expires, session.token_hash, user.scope,  now};
  out.principal.factor = session.factor;
  return out;
}

Result<Principal> AuthService::act_for(const UserId& id) {
  KW_TRY(const auto user, changes_.store().read([&](auto& r) { return r.users().get(id); }));
  if (user.state != store::UserState::active || ended(user)) return fail(Errc::forbidden, "account not active");
  Principal out;
  out.user = user.id;
  out.account = user.account;
  out.display_name = user.display_name;
  out.person = user.person;
  out.role = user.role;
  out.scope = user.scope;
  return out;
}

Result<> AuthService::logout(const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().sessions().remove(who.token_hash));
    return change.record({.type = "admin.logout", .actor = who.actor(trace)});
  });
}

Result<Principal> AuthService::principal_of(const store::User& user, const store::Session& session) {
  Principal out{user.id,      user.account,    user.display_name,  user.person, user.role,
                session.csrf, session.expires, session.token_hash, user.scope,  session.confirmed};
  KW_TRY(out.password_expired, password_expired(user));
  KW_TRY(const auto settings, settings_.get());
  out.factor = session.factor;
  out.factor_missing = !settings.takes(user.role, session.factor);
  return out;
}

Result<bool> AuthService::password_expired(const store::User& user) {
  KW_TRY(const auto settings, settings_.get());
  const auto days = std::chrono::hours(24) * static_cast<std::int64_t>(settings.password_days);
  return settings.password_days > 0 && user.password_changed + days <= changes_.clock().now();
}

Result<Principal> AuthService::authenticate(const std::string& cookie) {
  if (cookie.size() != 64) return fail(Errc::unauthenticated, "no session");
  const auto token = token_hash(cookie);
  const auto now = changes_.clock().now();
  KW_TRY(const auto settings, settings_.get());
  struct Found {
    store::Session session;
    store::User user;
  };
  auto found = changes_.store().read([&](store::Repositories& r) -> Result<Found> {
    KW_TRY(auto session, r.sessions().get(token));
    if (session.expires <= now || session.last_used + settings.idle() <= now) return fail(Errc::not_found);
    KW_TRY(auto user, r.users().get(session.user));
    if (user.state != store::UserState::active || ended(user)) return fail(Errc::not_found);
    return Found{std::move(session), std::move(user)};
  });
  if (!found) {
    if (found.code() == Errc::not_found) return fail(Errc::unauthenticated, "no session");
    return found.error();
  }
  if (found->session.last_used + kTouchEvery <= now) {
    auto touched = changes_.store().write([&](auto& r) { return r.sessions().touch(token, now); });
    if (!touched) return fail(Errc::unauthenticated, "no session");  // ended meanwhile
  }
  return principal_of(found->user, found->session);
}

bool AuthService::alive(ByteView token_hash) {
  const auto now = changes_.clock().now();
  const auto settings = settings_.get();
  if (!settings) return false;
  const auto found = changes_.store().read([&](store::Repositories& r) -> Result<bool> {
    KW_TRY(auto session, r.sessions().get(token_hash));
    KW_TRY(auto user, r.users().get(session.user));
    return session.expires > now && session.last_used + settings->idle() > now &&
           user.state == store::UserState::active && !ended(user);
  });
  return found && *found;
}

}  // namespace kw::server
