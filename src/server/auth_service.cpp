#include "server/auth_service.h"

#include <algorithm>

#include "crypto/password.h"
#include "crypto/sm3.h"
#include "server/token_hash.h"

namespace kw::server {
namespace {

constexpr Duration kActivationTime = std::chrono::minutes(10);
constexpr Duration kTouchEvery = std::chrono::seconds(20);
constexpr std::uint64_t kMostActivationFailures = 5;

Error not_let_in() { return Error(Errc::unauthenticated, "account, password or code"); }
bool same_text(std::string_view a, std::string_view b) { return crypto::equal_secret(bytes_of(a), bytes_of(b)); }

}  // namespace

Result<> AuthService::check_new_password(std::string_view account, std::string_view password) {
  if (password.size() < 12 || password.size() > 256) return fail(Errc::invalid, "/new_password: 12 to 256 octets");
  if (password.find(account) != std::string_view::npos)
    return fail(Errc::invalid, "/new_password: contains the account");
  bool lower = false, upper = false, digit = false, other = false;
  for (const char c : password) {
    if (c >= 'a' && c <= 'z')
      lower = true;
    else if (c >= 'A' && c <= 'Z')
      upper = true;
    else if (c >= '0' && c <= '9')
      digit = true;
    else
      other = true;
  }
  if (lower + upper + digit + other < 3) return fail(Errc::invalid, "/new_password: three kinds of characters");
  return {};
}

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
                             const std::string& trace) {
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

std::optional<std::uint64_t> AuthService::code_step(ByteView secret, const std::string& code,
                                                    std::uint64_t last) const {
  const auto now = crypto::totp_step(changes_.clock().now());
  for (const auto step : {now, now - 1, now + 1}) {
    if (step > last && same_text(crypto::totp(secret, step), code)) return step;
  }
  return std::nullopt;
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
  KW_CHECK(check_new_password(account, new_password));
  const SecretBytes secret(changes_.random().bytes(20));
  ActivationSecret out;
  out.totp_secret = to_base32(secret.reveal());
  out.totp_uri = "otpauth://totp/Kioskward:" + account + "?secret=" + out.totp_secret + "&issuer=Kioskward";
  out.activation = to_hex(changes_.random().bytes(32));
  store::Activation pending;
  pending.token_hash = token_hash(out.activation);
  pending.user = user->id;
  KW_TRY(pending.password_hash, crypto::hash_password(new_password, changes_.random()));
  KW_TRY(pending.totp_sealed, sealer_.seal(place(*user), secret.reveal(), changes_.random()));
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
  KW_TRY(auto secret, sealer_.open(place(user), pending->totp_sealed));
  const auto step = code_step(secret.reveal(), code, 0);
  if (!step) {
    KW_CHECK(changes_.store().write([&](auto& r) { return r.activations().count_failure(token); }));
    KW_CHECK(refuse(&user, "code", peer, trace));
    return not_let_in();
  }
  return changes_.run([&](Change& change) -> Result<LoggedIn> {
    auto& r = change.repositories();
    KW_TRY(auto fresh, r.users().get(user.id));
    if (fresh.state != store::UserState::invited || locked(fresh)) return not_let_in();
    KW_CHECK(r.activations().remove(token));
    fresh.state = store::UserState::active;
    fresh.password_hash = pending->password_hash;
    fresh.totp_sealed = pending->totp_sealed;
    fresh.totp_step = *step;
    fresh.one_time_expires.reset();
    KW_CHECK(change.record({.type = "admin.activated", .actor = {fresh.account, fresh.role, trace}}));
    return open_session(change, fresh, peer, trace);
  });
}

Result<LoggedIn> AuthService::login(const std::string& account, const std::string& password, const std::string& code,
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
  std::string_view reason;
  std::optional<std::uint64_t> step;
  if (user == nullptr) {
    reason = "unknown_account";
  } else if (user->state != store::UserState::active) {
    reason = "not_active";
  } else if (!fits) {
    reason = "password";
  } else {
    KW_TRY(auto secret, sealer_.open(place(*user), user->totp_sealed));
    step = code_step(secret.reveal(), code, user->totp_step);
    if (!step) reason = "code";
  }
  if (!reason.empty()) {
    KW_CHECK(refuse(user, reason, peer, trace));
    return not_let_in();
  }
  return changes_.run([&](Change& change) -> Result<LoggedIn> {
    KW_TRY(auto fresh, change.repositories().users().get(user->id));
    // Looked at again inside the transaction: of two logins with one code, one wins.
    if (fresh.state != store::UserState::active || locked(fresh) || *step <= fresh.totp_step) return not_let_in();
    fresh.totp_step = *step;
    return open_session(change, fresh, peer, trace);
  });
}

Result<LoggedIn> AuthService::open_session(Change& change, store::User& user, const std::string& peer,
                                           const std::string& trace) {
  const auto now = changes_.clock().now();
  LoggedIn out;
  out.cookie = to_hex(changes_.random().bytes(32));
  store::Session session;
  session.token_hash = token_hash(out.cookie);
  session.user = user.id;
  session.csrf = to_hex(changes_.random().bytes(16));
  session.created = session.last_used = now;
  session.expires = now + kAbsolute;
  user.failures = 0;
  user.locked_until.reset();
  user.last_login = now;
  auto& r = change.repositories();
  KW_CHECK(r.users().update(user));
  KW_CHECK(r.sessions().purge(now));
  KW_CHECK(r.sessions().remove_user(user.id));
  KW_CHECK(r.sessions().insert(session));
  KW_CHECK(
      change.record({.type = "admin.login", .actor = {user.account, user.role, trace}, .params = {{"peer", peer}}}));
  out.principal = {user.id,   user.account, user.display_name, user.person,
                   user.role, session.csrf, session.expires,   session.token_hash};
  return out;
}

Result<> AuthService::logout(const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().sessions().remove(who.token_hash));
    return change.record({.type = "admin.logout", .actor = who.actor(trace)});
  });
}

Result<Principal> AuthService::authenticate(const std::string& cookie) {
  if (cookie.size() != 64) return fail(Errc::unauthenticated, "no session");
  const auto token = token_hash(cookie);
  const auto now = changes_.clock().now();
  bool stale = false;
  auto found = changes_.store().read([&](store::Repositories& r) -> Result<Principal> {
    KW_TRY(auto session, r.sessions().get(token));
    if (session.expires <= now || session.last_used + kIdle <= now) return fail(Errc::not_found);
    KW_TRY(auto user, r.users().get(session.user));
    if (user.state != store::UserState::active) return fail(Errc::not_found);
    stale = session.last_used + kTouchEvery <= now;
    return Principal{user.id,   user.account, user.display_name, user.person,
                     user.role, session.csrf, session.expires,   token};
  });
  if (!found) {
    if (found.code() == Errc::not_found) return fail(Errc::unauthenticated, "no session");
    return found.error();
  }
  if (stale) {
    auto touched = changes_.store().write([&](auto& r) { return r.sessions().touch(token, now); });
    if (!touched) return fail(Errc::unauthenticated, "no session");  // ended meanwhile
  }
  return found;
}

bool AuthService::alive(ByteView token_hash) {
  const auto now = changes_.clock().now();
  const auto found = changes_.store().read([&](store::Repositories& r) -> Result<bool> {
    KW_TRY(auto session, r.sessions().get(token_hash));
    KW_TRY(auto user, r.users().get(session.user));
    return session.expires > now && session.last_used + kIdle > now && user.state == store::UserState::active;
  });
  return found && *found;
}

}  // namespace kw::server
