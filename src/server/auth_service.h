#pragma once
// AuthService lets administrators in: activation, login with password and one-time code, sessions.
//
//   activation: one-time password + new password -> TOTP secret -> code -> active, logged in
//   login:      password + code -> session; 5 failures lock the account for 10 minutes
//   session:    random 256-bit cookie, stored as SM3 hash; idle 15 min, absolute 8 h; one session a person
//
// A refused caller never learns which part was wrong (Errc::unauthenticated), nor whether an account exists; the audit
// entry names the reason. Each TOTP step is good for one login. Thread-safe; a login costs one scrypt.
#include <map>
#include <mutex>
#include <optional>

#include "server/change.h"
#include "server/sealer.h"

namespace kw::server {

/// Who stands behind an authenticated request.
struct Principal {
  UserId user;
  std::string account, display_name, person, role, csrf;
  Timestamp expires;
  Bytes token_hash;
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

/// An account that waits for its person.
struct Invitation {
  store::User user;
  std::string one_time_password;
  Timestamp expires;
};

class AuthService {
 public:
  static constexpr Duration kIdle = std::chrono::minutes(15);
  static constexpr Duration kAbsolute = std::chrono::hours(8);
  static constexpr Duration kLock = std::chrono::minutes(10);
  static constexpr Duration kInvitation = std::chrono::hours(24 * 7);
  static constexpr std::uint64_t kMostFailures = 5;
  static constexpr unsigned kMostAttempts = 30;  // a minute and peer, login and activation together

  AuthService(Changes& changes, Sealer sealer, Log& log) : changes_(changes), sealer_(std::move(sealer)), log_(log) {}

  /// invite makes the row of a new account with a one-time password; the caller stores it (UserService, first start).
  Result<Invitation> invite(std::string account, std::string display_name, std::string person, std::string role);
  /// begin_activation: Errc::unauthenticated; Errc::invalid for a weak new password; Errc::rate_limited.
  Result<ActivationSecret> begin_activation(const std::string& account, const std::string& one_time_password,
                                            const std::string& new_password, const std::string& peer,
                                            const std::string& trace);
  Result<LoggedIn> confirm_activation(const std::string& activation, const std::string& code, const std::string& peer,
                                      const std::string& trace);
  /// login: Errc::unauthenticated; Errc::rate_limited for a locked account or too many attempts of one peer.
  Result<LoggedIn> login(const std::string& account, const std::string& password, const std::string& code,
                         const std::string& peer, const std::string& trace);
  Result<> logout(const Principal& who, const std::string& trace);
  /// authenticate finds the session of a cookie and keeps it alive. Errc::unauthenticated.
  Result<Principal> authenticate(const std::string& cookie);
  /// alive tells whether a session still holds, without keeping it alive.
  [[nodiscard]] bool alive(ByteView token_hash);

  static Result<> check_new_password(std::string_view account, std::string_view password);

 private:
  Result<LoggedIn> open_session(Change& change, store::User& user, const std::string& peer, const std::string& trace);
  Result<> refuse(const store::User* user, std::string_view reason, const std::string& peer, const std::string& trace);
  Result<> check_rate(const std::string& peer);
  [[nodiscard]] bool locked(const store::User& user) const;
  /// The step whose code this is, if it is within one step of now and above the last used one.
  std::optional<std::uint64_t> code_step(ByteView secret, const std::string& code, std::uint64_t last) const;
  [[nodiscard]] static std::string place(const store::User& user) { return "totp:" + user.id.text(); }
  Result<bool> password_fits(const store::User* user, const std::string& password);

  Changes& changes_;
  Sealer sealer_;
  Log& log_;
  std::mutex mutex_;
  struct Window {
    std::int64_t minute = 0;
    unsigned attempts = 0;
  };
  std::map<std::string, Window> attempts_;  // by peer; emptied when it grows
  std::string decoy_;  // a hash to verify against where there is no account, so that time tells nothing
};

}  // namespace kw::server
