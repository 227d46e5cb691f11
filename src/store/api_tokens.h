#pragma once
// ApiTokens is the repository of the tokens by which machines use the API; of each secret only a hash is kept.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

using ApiTokenId = Id<struct ApiTokenTag>;

struct ApiToken {
  ApiTokenId id;
  std::string name;
  Bytes secret_hash;                 // SM3 of the token's text
  std::set<std::string> operations;  // operationIds
  Scope scope;
  std::string certificate;   // SHA-256 fingerprint of the client's certificate in hex; empty: none is asked for
  std::string person, role;  // of who made it: the token may never do more
  std::string created_by;
  Timestamp created, expires;
  std::optional<Timestamp> last_used, revoked;
};

class ApiTokens {
 public:
  virtual ~ApiTokens() = default;
  virtual Result<> insert(const ApiToken& token) = 0;
  virtual Result<ApiToken> get(const ApiTokenId& id) = 0;
  virtual Result<ApiToken> by_secret(ByteView secret_hash) = 0;
  virtual Result<std::vector<ApiToken>> list() = 0;  // newest first, at most 1000
  virtual Result<> touch(const ApiTokenId& id, Timestamp now) = 0;
  virtual Result<> revoke(const ApiTokenId& id, Timestamp now) = 0;  // Errc::conflict where it is revoked already
};

}  // namespace kw::store
