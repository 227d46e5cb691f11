#pragma once
// CaseForm makes a stored row out of a case's values, and values out of a row: cells, blind indexes, the row's seal.
//
//   form.purposes(district)                      keys that a row of this matter needs
//   KW_TRY(const auto terms, form.seal(ring, row, values, random));   fills row.cells and row.seal
//   KW_TRY(const auto values, form.open(ring, row));                  Errc::corrupt, Errc::decrypt_failed
//
// Fields of protection field are cells of their own, those of protection record one cell "record". Everything else of
// the row is in the clear and under its seal. One for each matter; immutable, thread-safe. Why: ADR 100 to 103, 111.
#include <map>

#include "kioskward/v1/vault.pb.h"
#include "store/vault.h"
#include "vault/catalogue.h"
#include "vault/key_ring.h"
#include "vault/record_dictionary.h"
#include "vault/rotation.h"
#include "vault/row_set.h"

namespace kw::server {

/// Values by field, as text (matters/value_check.h); wiped.
using CaseValues = std::map<std::string, SecretBytes, std::less<>>;

class CaseForm {
 public:
  static constexpr std::string_view kRecord = "record";
  /// `matter` outlives the form.
  CaseForm(std::string tenant, const vault::DataMatter& matter, std::vector<vault::RecordDictionary> dictionaries)
      : tenant_(std::move(tenant)), matter_(matter), dictionaries_(std::move(dictionaries)) {}

  [[nodiscard]] const vault::DataMatter& matter() const noexcept { return matter_; }
  [[nodiscard]] std::vector<vault::KeyPurpose> purposes(const std::string& district) const;
  /// seal takes fields that are stored in a cell: Errc::invalid for another one.
  Result<std::vector<store::VaultTerm>> seal(const vault::KeyRing& ring, store::VaultCase& row,
                                             const CaseValues& values, Random& random) const;
  Result<CaseValues> open(const vault::KeyRing& ring, const store::VaultCase& row) const;
  /// check is what open looks at first: that nobody changed the row. Errc::corrupt.
  Result<> check(const vault::KeyRing& ring, const store::VaultCase& row) const;
  /// terms are those that lead to a value, in one district, under every version that may open.
  Result<std::vector<Bytes>> terms(const vault::KeyRing& ring, const vault::DataField& field,
                                   const std::string& district, std::string_view value) const;

  /// job is what a rotation of one district moves its rows to: the active version of each key.
  Result<vault::RotationJob> job(const vault::KeyRing& ring, const std::string& district) const;
  /// stored gives a row as plan_rotation takes it; it lives as long as the row and `cells`. Errc::wrong_state where the
  /// row has a column that is not in the catalogue any more.
  Result<vault::StoredRow> stored(const vault::RotationJob& job, const store::VaultCase& row,
                                  ::kioskward::v1::SealedCells& cells) const;
  /// reseal makes the row's next version, under the job's keys.
  Result<std::vector<store::VaultTerm>> reseal(const vault::KeyRing& ring, const vault::RotationJob& job,
                                               const vault::StoredRow& stored, store::VaultCase& row,
                                               Random& random) const;
  [[nodiscard]] static vault::RowLeaf leaf(const store::VaultCase& row) {
    return {row.id.bytes(), row.version, row.seal};
  }

 private:
  [[nodiscard]] vault::KeyPurpose column(const vault::DataField& field, const std::string& district) const;
  [[nodiscard]] vault::KeyPurpose index(const vault::DataField& field, const std::string& district) const;
  [[nodiscard]] vault::KeyPurpose record(const std::string& district) const;
  [[nodiscard]] vault::KeyPurpose rows(const std::string& district) const;
  [[nodiscard]] bool has_record() const;
  [[nodiscard]] vault::Grade record_grade() const;
  [[nodiscard]] vault::IndexPlace index_place(const vault::DataField& field) const;
  Result<> seal_row(const vault::KeyRing& ring, store::VaultCase& row) const;
  Result<vault::Record> open_record(const vault::KeyRing& ring, const vault::CellPlace& place, ByteView sealed) const;

  std::string tenant_;
  const vault::DataMatter& matter_;
  std::vector<vault::RecordDictionary> dictionaries_;
};

}  // namespace kw::server
