#pragma once
// ApiTokenService gives machines a way in: a token of some operations, in some regions, until a day, and where wanted
// only beside one client certificate.
//
// A token does no more than its maker's role may, and nothing that takes a second person or asks a person for password
// and code. Its text is told once; a hash is kept. Thread-safe; every making, refusal and end is recorded.
#include "server/auth_service.h"

namespace kw::server {

struct ApiTokenMade {
  store::ApiToken token;
  std::string text;  // "kwt-…", shown once
};

class ApiTokenService {
 public:
  static constexpr std::uint64_t kMostDays = 366;
  ApiTokenService(Changes& changes, AuthService& auth) : changes_(changes), auth_(auth) {}

  /// create takes name, operations, scope and certificate of `wanted`. Errc::invalid with a JSON pointer for an
  /// operation that a token cannot have, or a scope beyond the maker's own.
  Result<ApiTokenMade> create(store::ApiToken wanted, std::uint64_t days, const Principal& who,
                              const std::string& trace);
  Result<std::vector<store::ApiToken>> list();
  /// revoke: Errc::conflict where it is revoked already.
  Result<store::ApiToken> revoke(const store::ApiTokenId& id, const std::string& reason, const Principal& who,
                                 const std::string& trace);
  /// authenticate finds the token of a text. Errc::unauthenticated for an unknown, expired or revoked one, for one
  /// whose maker's account has ended, and for another certificate than it is bound to. `certificate` is the fingerprint
  /// that the proxy in front tells.
  Result<Principal> authenticate(std::string_view text, std::string_view certificate);

 private:
  Changes& changes_;
  AuthService& auth_;
};

}  // namespace kw::server
