#pragma once
// Factors is the repository of second factors that a person has registered: passkeys and UKeys. Nothing in it is
// secret.
//
// The code of an authenticator app is not among them: its secret stands sealed in the account's own row.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

using FactorId = Id<struct FactorTag>;

enum class FactorKind { passkey, ukey };
[[nodiscard]] std::string_view name(FactorKind kind) noexcept;

struct Factor {
  FactorId id;
  UserId user;
  FactorKind kind = FactorKind::passkey;
  std::string name;           // the person's own word for it
  Bytes handle;               // credential ID of a passkey, key ID of a UKey: one of its kind, whoever has it
  Bytes key;                  // COSE key of a passkey, certificate of a UKey in DER
  std::uint64_t counter = 0;  // of a passkey, when it was last shown
  Timestamp created;
  std::optional<Timestamp> last_used;
};

class Factors {
 public:
  virtual ~Factors() = default;
  virtual Result<> insert(const Factor& factor) = 0;  // Errc::already_exists for ID or handle
  virtual Result<Factor> get(const FactorId& id) = 0;
  virtual Result<Factor> by_handle(FactorKind kind, ByteView handle) = 0;
  virtual Result<std::vector<Factor>> of(const UserId& user) = 0;  // oldest first
  virtual Result<> used(const FactorId& id, std::uint64_t counter, Timestamp now) = 0;
  virtual Result<> remove(const FactorId& id) = 0;  // Errc::not_found
  virtual Result<> remove_user(const UserId& user) = 0;
  /// spend remembers a challenge as answered, and forgets those that have expired. Errc::already_exists.
  virtual Result<> spend(ByteView challenge_hash, Timestamp expires, Timestamp now) = 0;
};

}  // namespace kw::store
