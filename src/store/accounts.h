#pragma once
// Users, Activations and Sessions are the repositories of administrators; secrets in them are hashed or sealed.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

enum class UserState { invited, active, disabled };
[[nodiscard]] std::string_view name(UserState state) noexcept;

struct User {
  UserId id;
  std::string account, display_name;
  std::string person;  // staff number of the natural person: unique among users that are not disabled
  std::string role;
  UserState state = UserState::invited;
  std::string password_hash;    // crypto::hash_password; of the one-time password while invited
  Bytes totp_sealed;            // the TOTP secret under the platform's key
  std::uint64_t totp_step = 0;  // last step used: never again
  std::uint64_t failures = 0;
  std::optional<Timestamp> locked_until;
  std::optional<Timestamp> last_login;
  std::optional<Timestamp> one_time_expires;
  Timestamp created;
  Scope scope{};                  // where this person may look and act
  std::optional<Timestamp> ends;  // the account is good until then
  Timestamp password_changed;
};

class Users {
 public:
  virtual ~Users() = default;
  virtual Result<> insert(const User& user) = 0;  // Errc::already_exists for ID, account or person
  virtual Result<User> get(const UserId& id) = 0;
  virtual Result<User> by_account(const std::string& account) = 0;
  virtual Result<std::vector<User>> list() = 0;   // by account
  virtual Result<> update(const User& user) = 0;  // everything but ID, account, person, created and scope
  /// forget leaves account, role and times of somebody: no name, and `pseudonym` in place of the staff number; nor the
  /// secrets that he logged in with. Errc::wrong_state unless the account is disabled.
  virtual Result<> forget(const UserId& id, const std::string& pseudonym) = 0;
  virtual Result<> set_scope(const UserId& id, const Scope& scope) = 0;
  /// keep_password remembers a hash, and forgets all but the newest `most` of this user.
  virtual Result<> keep_password(const UserId& id, const std::string& hash, Timestamp changed, std::size_t most) = 0;
  virtual Result<std::vector<std::string>> old_passwords(const UserId& id) = 0;  // hashes, newest first
};

struct Activation {
  Bytes token_hash;  // SM3 of the opaque token
  UserId user;
  std::string password_hash;
  Bytes totp_sealed;
  Timestamp expires;
  std::uint64_t failures = 0;
};

class Activations {
 public:
  virtual ~Activations() = default;
  virtual Result<> put(const Activation& activation) = 0;  // replaces the user's earlier one
  virtual Result<Activation> get(ByteView token_hash) = 0;
  virtual Result<> count_failure(ByteView token_hash) = 0;
  virtual Result<> remove(ByteView token_hash) = 0;
};

struct Session {
  Bytes token_hash;  // SM3 of the cookie's value
  UserId user;
  std::string csrf;
  Timestamp created, expires, last_used;
  Timestamp confirmed{};        // when the person last showed password and code
  std::string peer{};           // where the login came from
  std::string factor = "totp";  // what was shown beside the password
};

class Sessions {
 public:
  virtual ~Sessions() = default;
  virtual Result<> insert(const Session& session) = 0;
  virtual Result<Session> get(ByteView token_hash) = 0;
  virtual Result<std::vector<Session>> list() = 0;  // newest first
  virtual Result<> confirm(ByteView token_hash, Timestamp now) = 0;
  virtual Result<> touch(ByteView token_hash, Timestamp now) = 0;
  virtual Result<> remove(ByteView token_hash) = 0;
  virtual Result<> remove_user(const UserId& user) = 0;
  virtual Result<> purge(Timestamp now) = 0;  // expired ones
};

}  // namespace kw::store
