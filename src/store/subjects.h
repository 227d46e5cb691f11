#pragma once
// Subjects is the repository of natural persons whose data stand in the ledger as ciphertext: their keys, wrapped, and
// where they are spoken of. Nothing in it says who somebody is without the platform's keys.
#include <optional>
#include <string>
#include <vector>

#include "privacy/sealed_value.h"

namespace kw::store {

using privacy::SubjectId;
using privacy::SubjectKeyId;

enum class SubjectKind { custodian, administrator, applicant };
[[nodiscard]] std::string_view name(SubjectKind kind) noexcept;

struct Subject {
  SubjectId id;
  SubjectKind kind = SubjectKind::custodian;
  Bytes identity;  // HMAC of what this kind is known by; empty once forgotten
  Timestamp created;
  std::optional<Timestamp> forgotten;
  std::uint64_t entries = 0;  // of the ledger; read only
};
struct SubjectKey {
  SubjectKeyId id;
  SubjectId subject;
  Bytes wrapped;      // the key under the platform's sealing secret
  std::string about;  // names and numbers of this person, under the key
};

class Subjects {
 public:
  virtual ~Subjects() = default;
  /// insert takes a new person with key and handles: Errc::already_exists for an ID or identity that is known.
  virtual Result<> insert(const Subject& subject, const SubjectKey& key, const std::vector<Bytes>& handles) = 0;
  virtual Result<Subject> get(const SubjectId& id) = 0;
  virtual Result<Subject> by_identity(ByteView identity) = 0;  // Errc::not_found
  virtual Result<std::vector<Subject>> by_handle(ByteView handle) = 0;
  /// list gives at most `most`, newest first, from before an ID.
  virtual Result<std::vector<Subject>> list(std::size_t most, std::optional<SubjectId> before) = 0;
  virtual Result<SubjectKey> key(const SubjectId& id) = 0;  // Errc::not_found once it is destroyed
  /// forget overwrites and deletes the key, and deletes identity and handles: Errc::conflict where that was done
  /// before.
  virtual Result<> forget(const SubjectId& id, Timestamp now) = 0;
  /// note_entry remembers that an entry of the ledger speaks of somebody, known or not; again is harmless.
  virtual Result<> note_entry(const SubjectId& id, std::uint64_t index) = 0;
  virtual Result<std::vector<std::uint64_t>> entries(const SubjectId& id, std::size_t most) = 0;  // newest first
};

}  // namespace kw::store
