#pragma once
// SigningKeys, PersonRules and Signings are the repositories of persons who sign: their public keys, the rules that
// kiosks hold (pki/persons.h), and what waits for their signatures.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

using SigningKeyId = Id<struct SigningKeyTag>;
using SigningId = Id<struct SigningTag>;

struct SigningKey {
  SigningKeyId id;
  UserId owner;
  std::string account, person, role;  // read only: of the owner; `person` is his staff number
  bool disabled = false;              // read only: the owner is
  std::string label;
  Bytes key_id, spki;
  Timestamp added;
  std::optional<Timestamp> removed;
};

class SigningKeys {
 public:
  virtual ~SigningKeys() = default;
  virtual Result<> insert(const SigningKey& key) = 0;  // Errc::already_exists for a key that somebody has
  virtual Result<SigningKey> get(const SigningKeyId& id) = 0;
  virtual Result<std::vector<SigningKey>> list() = 0;                  // by account; removed ones too
  virtual Result<> remove(const SigningKeyId& id, Timestamp now) = 0;  // Errc::conflict where it is removed
};

struct PersonRuleRow {
  std::uint64_t revision = 0;
  Bytes object;  // serialised v1::Signed{kind "persons"}
  Bytes digest;  // SM3 of the payload
  Timestamp made;
  std::string made_by;
};

class PersonRules {
 public:
  virtual ~PersonRules() = default;
  virtual Result<> insert(const PersonRuleRow& rule) = 0;
  virtual Result<PersonRuleRow> latest() = 0;                                    // Errc::not_found before the first
  virtual Result<std::vector<PersonRuleRow>> after(std::uint64_t revision) = 0;  // rising, at most 100
};

enum class SigningState { waiting, complete, withdrawn, lapsed };
[[nodiscard]] std::string_view name(SigningState state) noexcept;
[[nodiscard]] std::optional<SigningState> parse_signing_state(std::string_view text) noexcept;

struct Signing {
  SigningId id;
  std::string kind;         // "order", "uninstall", "baseline", "policy", "persons"
  std::string subject;      // the order's or baseline's ID, the revision
  DeviceId device;          // nil where it is about none
  std::string device_name;  // read only
  std::string act;          // pki::PersonAct, by name
  std::uint64_t needed = 0;
  std::string must;  // account whose signature has to be among them; empty: anybody's
  Bytes object;      // serialised v1::Signed with the signatures so far
  std::map<std::string, std::string> words;
  std::string asked_by;
  Timestamp asked, expires;
  SigningState state = SigningState::waiting;
  std::optional<Timestamp> decided;
  std::string decided_by, decision;
};
struct SigningQuery {
  std::optional<SigningState> state;
  Scope scope{};
};

class Signings {
 public:
  virtual ~Signings() = default;
  virtual Result<> insert(const Signing& signing) = 0;
  virtual Result<Signing> get(const SigningId& id) = 0;
  virtual Result<std::vector<Signing>> page(const SigningQuery& query) = 0;  // newest first, at most 200
  /// update writes object, state, decided, decided_by and decision; Errc::conflict where it does not wait any more.
  virtual Result<> update(const Signing& signing) = 0;
  virtual Result<std::uint64_t> waiting_of_kind(const std::string& kind) = 0;
  virtual Result<std::vector<Signing>> lapsed(Timestamp now) = 0;  // at most 100 that still wait
};

}  // namespace kw::store
