#pragma once
// UserService manages administrators: three roles, one role a natural person, nobody makes himself.
//
// Thread-safe. Every change becomes an audit entry.
#include "server/auth_service.h"

namespace kw::server {

class UserService {
 public:
  UserService(Changes& changes, AuthService& auth) : changes_(changes), auth_(auth) {}

  Result<std::vector<store::User>> list();
  /// create: Errc::forbidden for the creator's own person, Errc::already_exists for an account or person in use,
  /// Errc::invalid for an unknown role.
  Result<Invitation> create(const std::string& account, const std::string& display_name, const std::string& person,
                            const std::string& role, const Principal& who, const std::string& trace);
  /// disable ends an account and its session. Errc::forbidden for one's own, Errc::wrong_state where it is disabled or
  /// where no active account of its role would be left.
  Result<store::User> disable(const UserId& id, const std::string& reason, const Principal& who,
                              const std::string& trace);
  /// create_first makes the three invited administrators of a new platform, or new one-time passwords for them where
  /// all have run out unused. `announce` gets them before they are stored. Nothing happens on a platform in use.
  Result<std::vector<Invitation>> create_first(const std::function<Result<>(const std::vector<Invitation>&)>& announce);

 private:
  Changes& changes_;
  AuthService& auth_;
};

}  // namespace kw::server
