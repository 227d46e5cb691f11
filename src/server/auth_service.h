#pragma once
// AuthService lets administrators in: activation, login with password and one-time code, sessions.
//
//   activation: one-time password + new password -> TOTP secret -> code -> active, logged in
//   login:      password + second factor -> session; 5 failures lock the account for 10 minutes
//   session:    random 256-bit cookie, stored as SM3 hash; idle by the settings, absolute 8 h; one session a person
//   confirm:    password + second factor once more, within a session, before what is critical
//
// A role may have to use certain factors (settings): who has registered none of them gets a session in which one can be
// registered and nothing else; who has one is let in with it only.
//
// A refused caller never learns which part was wrong (Errc::unauthenticated), nor whether an account exists; the audit
// entry names the reason. Each TOTP step is good for one login. Thread-safe; a login costs one scrypt.
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "server/change.h"
#include "server/password_rules.h"
#include "server/second_factors.h"
#include "server/settings.h"

namespace kw::server {

/// Who stands behind an authenticated request.
struct Principal {
  UserId user;
  std::string account, display_name, person, role, csrf;
  Timestamp expires;
  Bytes token_hash;
  store::Scope scope{};
  Timestamp confirmed{};  // when password and code were last shown
  bool password_expired = false;
  std::optional<std::set<std::string>> operations{};  // of a machine's token: no more than these
  std::string factor{};                               // what the session was opened with
  bool factor_missing = false;                        // the role has to use another one: only registering it is open
  /// may: the role's permission, and the token's where it is a machine.
  [[nodiscard]] bool may(std::string_view operation) const;
  [[nodiscard]] bool machine() const noexcept { return operations.has_value(); }
  [[nodiscard]] Actor actor(const std::string& trace) const { return {account, role, trace}; }
};

struct LoggedIn {
  std::string cookie;  // the session's secret: told once, stored nowhere
  Principal principal;
};

struct ActivationSecret {
  std::string totp_secret;  // base32
  std::string totp_uri;     // otpauth://
  std::string activation;   // opaque, valid for 10 minutes
};

/// A session as it is listed; `id` tells it apart and opens nothing.
struct SessionInfo {
  std::string id, account, role, peer;
  UserId user;
  Timestamp created, last_used, expires;
};
/// session_id is the name of a session in lists: the first half of its token's hash.
[[nodiscard]] std::string session_id(ByteView token_hash);

/// An account that waits for its person.
struct Invitation {
  store::User user;
  std::string one_time_password;
  Timestamp expires;
};

class AuthService {
 public:
  static constexpr Duration kIdle = std::chrono::minutes(15);  // until the settings say otherwise
  static constexpr Duration kAbsolute = std::chrono::hours(8);
  static constexpr Duration kLock = std::chrono::minutes(10);
  static constexpr Duration kInvitation = std::chrono::hours(24 * 7);
  static constexpr std::uint64_t kMostFailures = 5;
  static constexpr unsigned kMostAttempts = 30;  // a minute and peer, login and activation together

  AuthService(Changes& changes, Sealer sealer, SettingsService& settings, Log& log);
  /// set_breached gives the passwords that nobody may choose. Before the first use.
  void set_breached(BreachedPasswords breached) { breached_ = std::move(breached); }
  /// factors are configured before the first use.
  [[nodiscard]] SecondFactors& factors() noexcept { return factors_; }

  /// invite makes the row of a new account with a one-time password; the caller stores it (UserService, first start).
  Result<Invitation> invite(std::string account, std::string display_name, std::string person, std::string role);
  /// invite_again makes a new one-time password for an account that was never activated, in `user` and in the answer.
  Result<Invitation> invite_again(store::User user);
  /// begin_activation: Errc::unauthenticated; Errc::invalid for a weak new password; Errc::rate_limited.
  Result<ActivationSecret> begin_activation(const std::string& account, const std::string& one_time_password,
                                            const std::string& new_password, const std::string& peer,
                                            const std::string& trace);
  Result<LoggedIn> confirm_activation(const std::string& activation, const std::string& code, const std::string& peer,
                                      const std::string& trace);
  /// login: Errc::unauthenticated; Errc::rate_limited for a locked account or too many attempts of one peer.
  Result<LoggedIn> login(const std::string& account, const std::string& password, const FactorAnswer& answer,
                         const std::string& peer, const std::string& trace);
  /// challenge_login gives a challenge to whoever asks: nothing in it tells whether the account exists.
  Result<GivenChallenge> challenge_login(const std::string& account, const std::string& factor);
  /// challenge_in is for who has a session; `purpose` is "confirm" or "add".
  Result<GivenChallenge> challenge_in(const Principal& who, const std::string& factor, std::string_view purpose);
  /// act_for is an account as it stands now, for what its person asked and another one has approved. Errc::forbidden
  /// where it is not active any more.
  Result<Principal> act_for(const UserId& user);
  Result<> logout(const Principal& who, const std::string& trace);
  /// authenticate finds the session of a cookie and keeps it alive. Errc::unauthenticated.
  Result<Principal> authenticate(const std::string& cookie);
  /// alive tells whether a session still holds, without keeping it alive.
  [[nodiscard]] bool alive(ByteView token_hash);

  /// confirm takes password and factor again, for a session that exists; failures count as those of a login.
  Result<Principal> confirm(const Principal& who, const std::string& password, const FactorAnswer& answer,
                            const std::string& peer, const std::string& trace);
  /// change_password: as confirm; Errc::invalid for a weak one, or one of the last that the settings count.
  Result<Principal> change_password(const Principal& who, const std::string& password, const FactorAnswer& answer,
                                    const std::string& next, const std::string& peer, const std::string& trace);
  /// sessions lists those that hold, of one user or of all.
  Result<std::vector<SessionInfo>> sessions(const std::optional<UserId>& of);
  /// revoke ends a session by its name; Errc::not_found, also for another user's where `of` is given.
  Result<> revoke(const std::string& id, const std::optional<UserId>& of, const Principal& who,
                  const std::string& trace);

 private:
  Result<LoggedIn> open_session(Change& change, store::User& user, std::string_view factor, const std::string& peer,
                                const std::string& trace);
  /// completed says what settings mean for a new session; they are not asked within its transaction.
  Result<LoggedIn> completed(Result<LoggedIn> entered, const store::User& user);
  [[nodiscard]] Result<bool> password_expired(const store::User& user);
  [[nodiscard]] Result<Principal> principal_of(const store::User& user, const store::Session& session);
  /// One answer of one person: the factor, what it answers, and for whom it was given.
  struct Trial {
    const SecondFactor* factor = nullptr;
    const FactorAnswer& answer;
    std::string_view purpose;
    Bytes challenge{};
  };
  /// begin_trial opens and spends the challenge. A word for the audit where there is none to answer.
  Result<std::string_view> begin_trial(Trial& trial, const std::string& whose);
  /// judge asks the factor, and whether this person may use it.
  Result<FactorVerdict> judge(store::Repositories& r, const store::User& user, const Trial& trial,
                              const Settings& settings);
  Result<> remember(store::Repositories& r, store::User& user, const Trial& trial, const FactorVerdict& verdict);
  /// again does what confirm and change_password share, and then `then` within the same change.
  Result<Principal> again(const Principal& who, const std::string& password, const FactorAnswer& answer,
                          const std::string& peer, const std::string& trace,
                          const std::function<Result<>(Change&, store::User&)>& then);
  [[nodiscard]] bool ended(const store::User& user) const;
  Result<> refuse(const store::User* user, std::string_view reason, const std::string& peer, const std::string& trace,
                  const FactorVerdict& verdict = {});
  Result<> check_rate(const std::string& peer);
  [[nodiscard]] bool locked(const store::User& user) const;
  Result<bool> password_fits(const store::User* user, const std::string& password);

  Changes& changes_;
  Sealer sealer_;
  SettingsService& settings_;
  Log& log_;
  SecondFactors factors_;
  BreachedPasswords breached_;
  std::mutex mutex_;
  struct Window {
    std::int64_t minute = 0;
    unsigned attempts = 0;
  };
  std::map<std::string, Window> attempts_;  // by peer; emptied when it grows
  std::string decoy_;  // a hash to verify against where there is no account, so that time tells nothing
};

}  // namespace kw::server
