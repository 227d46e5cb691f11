#pragma once
// FactorService registers and removes a person's own second factors: passkeys and UKeys, several each, with names.
//
// The caller has shown password and factor a short while ago (permissions.json, reauth). Thread-safe; every change
// becomes an audit entry, a refused registration too.
#include "server/auth_service.h"

namespace kw::server {

class FactorService {
 public:
  static constexpr std::size_t kMost = 16;  // of one person
  FactorService(Changes& changes, AuthService& auth, SettingsService& settings)
      : changes_(changes), auth_(auth), settings_(settings) {}
  Result<std::vector<store::Factor>> list(const UserId& user);
  /// add: Errc::invalid for a refused one (the detail is the reason), Errc::already_exists for a key that is registered
  /// already (anybody's), Errc::wrong_state above kMost; Errc::forbidden in a session that was opened without a factor
  /// which the role has to use and this person has.
  Result<store::Factor> add(const NewFactor& wanted, const Principal& who, const std::string& trace);
  /// remove: Errc::not_found for another person's; Errc::wrong_state for the last that the role has to use.
  Result<> remove(const store::FactorId& id, const Principal& who, const std::string& trace);

 private:
  Changes& changes_;
  AuthService& auth_;
  SettingsService& settings_;
};

}  // namespace kw::server
