#pragma once
// UserService manages accounts: one role a natural person, nobody makes or changes himself, and what gives power takes
// two people (createUser and changeUser are held by the API until another administrator approves; ADR 80).
//
//   create (approved) ── invited, without a password ── invite ──> one-time password, told once ── activation ──>
//   active
//
// Thread-safe. Every change becomes an audit entry with before and after.
#include "server/auth_service.h"

namespace kw::server {

struct NewUser {
  std::string account, display_name, person, role;
  store::Scope scope{};
  std::optional<Timestamp> ends;
};
/// What is to be different; what is absent stays.
struct UserChange {
  std::optional<std::string> role;
  std::optional<store::Scope> scope;
  std::optional<std::optional<Timestamp>> ends;  // no time in it: no end
};

class UserService {
 public:
  UserService(Changes& changes, AuthService& auth) : changes_(changes), auth_(auth) {}

  Result<std::vector<store::User>> list();
  /// check judges a new account before anybody is asked to approve it, and gives the names of its regions:
  /// Errc::forbidden for the creator's own person, Errc::already_exists for an account or person in use, Errc::invalid
  /// for an unknown role or region, or for a role that needs a last day without one.
  Result<std::string> check(const NewUser& wanted, const Principal& who);
  Result<store::User> create(const NewUser& wanted, const Principal& who, const std::string& trace);
  /// invite makes a one-time password for an account that was not activated yet; an earlier one is void.
  /// Errc::wrong_state otherwise.
  Result<Invitation> invite(const UserId& id, const Principal& who, const std::string& trace);
  /// check_change says in words what would change; Errc::forbidden for one's own account, Errc::invalid where nothing
  /// changes or as check(), Errc::wrong_state for a disabled account or the last active administrator of a role.
  Result<std::map<std::string, std::string>> check_change(const UserId& id, const UserChange& wanted,
                                                          const Principal& who);
  /// change ends the account's session: the next one has the new role and scope.
  Result<store::User> change(const UserId& id, const UserChange& wanted, const std::string& reason,
                             const Principal& who, const std::string& trace);
  /// disable ends an account and its session. Errc::forbidden for one's own, Errc::wrong_state where it is disabled or
  /// where no active administrator of its role would be left.
  Result<store::User> disable(const UserId& id, const std::string& reason, const Principal& who,
                              const std::string& trace);
  /// check_disable says whom it would be about; Errc::not_found.
  Result<std::map<std::string, std::string>> check_disable(const UserId& id);
  /// check_reset names who is meant. Errc::forbidden for one's own account, Errc::wrong_state for a disabled one.
  Result<std::map<std::string, std::string>> check_reset(const UserId& id, const Principal& who);
  /// reset is for a person who has lost a factor: password, code, passkeys and UKeys are gone, the session ends, and
  /// invite() begins anew. Errors as check_reset.
  Result<store::User> reset(const UserId& id, const std::string& reason, const Principal& who,
                            const std::string& trace);
  /// create_first makes the invited administrators of a new platform, or new one-time passwords for them where all have
  /// run out unused. `announce` gets them before they are stored. Nothing happens on a platform in use.
  Result<std::vector<Invitation>> create_first(const std::function<Result<>(const std::vector<Invitation>&)>& announce);

 private:
  struct Planned {
    store::User user;
    std::vector<SettingChange> changes;
  };
  Result<Planned> plan(store::Repositories& r, const UserId& id, const UserChange& wanted, const Principal& who);
  Changes& changes_;
  AuthService& auth_;
};

}  // namespace kw::server
