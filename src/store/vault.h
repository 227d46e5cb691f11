#pragma once
// Vault is the repository of sealed cases: wrapped keys, rows, the terms they are found by, parts of each matter's row
// set, rotations, files. Nothing in it opens without the root key (src/vault).
#include <optional>
#include <string>
#include <vector>

#include "store/business.h"
#include "vault/data_key.h"
#include "vault/key_state.h"

namespace kw::store {

using VaultCaseId = Id<struct VaultCaseTag>;
using VaultFileId = Id<struct VaultFileTag>;

struct VaultKey {
  vault::KeyLabel label;
  vault::KeyState state = vault::KeyState::pre_active;
  Bytes wrapped;  // empty once destroyed
  Timestamp made, changed;
};

/// One case of a matter; everything but cells and seal is in the clear, and under the seal.
struct VaultCase {
  std::string matter;
  VaultCaseId id;
  std::uint64_t version = 0;
  std::string number, status, district;
  SiteId site;                // nil: of no site
  Bytes owner;                // pseudonym of the person in whose session it was filed; empty: nobody established it
  bool for_another = false;   // he acted for somebody else
  BusinessSessionId session;  // nil: not filed at a kiosk
  Timestamp made, changed, ends;
  Bytes cells;  // v1::SealedCells
  Bytes seal;   // vault::seal_row
};
struct VaultTerm {
  std::string field;
  Bytes term;
};
/// One sealed file of a case: a field has one at most. Its octets lie outside the store, under its ID.
struct VaultFile {
  std::string matter;
  VaultCaseId case_id;
  std::string field;
  VaultFileId file;          // another one with each writing
  vault::KeyRef key;         // that it is sealed under
  std::uint64_t plain = 0;   // octets of what was given
  std::uint64_t sealed = 0;  // octets of the sealed file
  Bytes statement;           // v1::Signed of vault::FileStatement
  Timestamp made, ends;
};
struct VaultPart {
  unsigned part = 0;
  Bytes octets;  // vault::RowSet::part_octets
};
struct VaultRotation {
  std::string matter, district;
  Bytes cursor;  // vault::RotationCursor::octets
  Timestamp began;
  std::optional<Timestamp> ended;
  std::uint64_t moved = 0;  // rows
  std::string asked_by;
};
struct VaultDictionary {
  std::uint64_t id = 0;
  std::string matter;
  Timestamp made;
  Bytes octets;
};

class Vault {
 public:
  virtual ~Vault() = default;
  virtual Result<std::vector<VaultKey>> keys() = 0;
  virtual Result<> insert_key(const VaultKey& key) = 0;  // Errc::already_exists
  /// set_key writes state and wrapped octets: Errc::not_found.
  virtual Result<> set_key(const VaultKey& key) = 0;

  /// insert: Errc::already_exists for a case that is there. replace and remove: Errc::conflict unless the stored
  /// version is `version`.
  virtual Result<> insert(const VaultCase& row, const std::vector<VaultTerm>& terms) = 0;
  virtual Result<> replace(const VaultCase& row, std::uint64_t version, const std::vector<VaultTerm>& terms) = 0;
  virtual Result<> remove(const std::string& matter, const VaultCaseId& id, std::uint64_t version) = 0;
  virtual Result<VaultCase> get(const std::string& matter, const VaultCaseId& id) = 0;
  /// find gives cases that have one of these terms, by ID.
  virtual Result<std::vector<VaultCase>> find(const std::string& matter, const std::string& field,
                                              const std::vector<Bytes>& terms, std::size_t most) = 0;
  /// after gives cases, of one district where it is given, in the order of their IDs, from behind one; nil: from the
  /// first.
  virtual Result<std::vector<VaultCase>> after(const std::string& matter, const std::optional<std::string>& district,
                                               const VaultCaseId& id, std::size_t most) = 0;
  /// newest gives cases in the order in which they were made, newest first, of these sites where they are given.
  virtual Result<std::vector<VaultCase>> newest(const std::string& matter,
                                                const std::optional<std::vector<SiteId>>& sites, std::size_t most) = 0;
  virtual Result<std::vector<VaultCase>> ended(Timestamp now, std::size_t most) = 0;
  virtual Result<std::uint64_t> count(const std::string& matter) = 0;
  /// terms_of counts the terms that lead to a case.
  virtual Result<std::uint64_t> terms_of(const std::string& matter, const VaultCaseId& id) = 0;

  /// put_file puts a file in the place of the one that its field had; Errc::conflict without its case.
  virtual Result<> put_file(const VaultFile& file) = 0;
  /// replace_file: Errc::conflict unless the field's file is `before`.
  virtual Result<> replace_file(const VaultFile& file, const VaultFileId& before) = 0;
  virtual Result<> remove_file(const VaultFile& file) = 0;  // Errc::conflict unless that very file is there
  virtual Result<VaultFile> get_file(const std::string& matter, const VaultCaseId& id, const std::string& field) = 0;
  /// files_after gives files in the order of their IDs, from behind one; nil: from the first.
  virtual Result<std::vector<VaultFile>> files_after(const VaultFileId& file, std::size_t most) = 0;
  virtual Result<std::vector<VaultFile>> files_under(const vault::KeyRef& key, std::size_t most) = 0;
  virtual Result<std::vector<VaultFile>> files_ended(Timestamp now, std::size_t most) = 0;
  /// gone gives files whose row was replaced or removed, by itself or with its case, until they are forgotten.
  virtual Result<std::vector<VaultFileId>> gone() = 0;
  virtual Result<> forget_gone(const VaultFileId& file) = 0;

  virtual Result<std::vector<VaultPart>> parts(const std::string& matter) = 0;
  virtual Result<> put_part(const std::string& matter, const VaultPart& part) = 0;

  virtual Result<std::vector<VaultRotation>> rotations() = 0;
  virtual Result<> put_rotation(const VaultRotation& rotation) = 0;

  virtual Result<std::vector<VaultDictionary>> dictionaries() = 0;  // newest first
  virtual Result<> insert_dictionary(const VaultDictionary& dictionary) = 0;
};

}  // namespace kw::store
