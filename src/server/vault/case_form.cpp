#include "server/vault/case_form.h"

#include <algorithm>

#include "base/writer.h"
#include "kioskward/v1/vault.pb.h"
#include "schema/codec.h"
#include "vault/field.h"
#include "vault/row_mac.h"

namespace kw::server {
namespace {

using vault::DataField, vault::KeyPurpose, vault::KeyRing, vault::KeyUse, vault::Protection;
namespace v1 = ::kioskward::v1;

constexpr std::size_t kMostCells = 4 << 20;  // octets

bool in_a_cell(const DataField& field) {
  return field.protection == Protection::field || field.protection == Protection::record;
}

Bytes number_octets(std::uint64_t number) {
  Writer out(8);
  out.u64(number);
  return std::move(out).take();
}

/// The columns of a row that its seal is over, as octets that live as long as this.
class SealedColumns {
 public:
  explicit SealedColumns(const store::VaultCase& row)
      : made_(number_octets(static_cast<std::uint64_t>(row.made.unix_ns))),
        changed_(number_octets(static_cast<std::uint64_t>(row.changed.unix_ns))),
        ends_(number_octets(static_cast<std::uint64_t>(row.ends.unix_ns))),
        for_another_{static_cast<Byte>(row.for_another ? 1 : 0)},
        list_{{"number", bytes_of(row.number)},
              {"status", bytes_of(row.status)},
              {"district", bytes_of(row.district)},
              {"site", row.site.bytes()},
              {"owner", row.owner},
              {"for_another", for_another_},
              {"session", row.session.bytes()},
              {"made", made_},
              {"changed", changed_},
              {"ends", ends_},
              {"cells", row.cells}} {}
  [[nodiscard]] std::span<const vault::Column> list() const { return list_; }

 private:
  Bytes made_, changed_, ends_, for_another_;
  std::vector<vault::Column> list_;
};

Result<v1::SealedCells> cells_of(const store::VaultCase& row) {
  auto cells = schema::parse<v1::SealedCells>(row.cells, kMostCells);
  if (!cells) return fail(Errc::corrupt, "cells of a case");
  return cells;
}

const v1::SealedCell* cell_of(const v1::SealedCells& cells, std::string_view column) {
  for (const auto& cell : cells.cells())
    if (cell.column() == column) return &cell;
  return nullptr;
}

vault::RowPlace place_of(const std::string& tenant, const store::VaultCase& row) {
  return {tenant, row.matter, row.id.bytes(), row.version};
}

void add_term(std::vector<store::VaultTerm>& terms, const std::string& field, const Bytes& term) {
  if (!term.empty()) terms.push_back({field, term});
}

}  // namespace

KeyPurpose CaseForm::column(const DataField& field, const std::string& district) const {
  return {KeyUse::column, field.data_class, district, vault::column_scope(matter_.code, field.name)};
}
KeyPurpose CaseForm::index(const DataField& field, const std::string& district) const {
  return {KeyUse::blind_index, field.data_class, district, vault::column_scope(matter_.code, field.name)};
}
KeyPurpose CaseForm::record(const std::string& district) const {
  // What is personal in it decides whose class the whole is of.
  const bool personal = std::ranges::any_of(matter_.fields, [](const auto& field) {
    return field.protection == Protection::record && field.data_class == vault::DataClass::personal;
  });
  return {KeyUse::record, personal ? vault::DataClass::personal : vault::DataClass::business, district, matter_.code};
}
KeyPurpose CaseForm::rows(const std::string& district) const {
  return {KeyUse::row_mac, vault::DataClass::business, district, matter_.code};
}
bool CaseForm::has_record() const {
  return std::ranges::any_of(matter_.fields, [](const auto& f) { return f.protection == Protection::record; });
}
vault::Grade CaseForm::record_grade() const {
  auto out = vault::Grade::one;
  for (const auto& field : matter_.fields)
    if (field.protection == Protection::record) out = std::max(out, field.grade);
  return out;
}
vault::IndexPlace CaseForm::index_place(const DataField& field) const {
  return {tenant_, matter_.code, field.name, field.type, field.index_bits};
}

std::vector<KeyPurpose> CaseForm::purposes(const std::string& district) const {
  std::vector<KeyPurpose> out{rows(district)};
  if (has_record()) out.push_back(record(district));
  for (const auto& field : matter_.fields) {
    if (field.protection != Protection::field) continue;
    out.push_back(column(field, district));
    if (field.searchable) out.push_back(index(field, district));
  }
  return out;
}

Result<> CaseForm::seal_row(const KeyRing& ring, store::VaultCase& row) const {
  KW_TRY(const auto* key, ring.sealing(rows(row.district)));
  const SealedColumns columns(row);
  KW_TRY(row.seal, vault::seal_row(*key, place_of(tenant_, row), columns.list()));
  return {};
}

Result<std::vector<store::VaultTerm>> CaseForm::seal(const KeyRing& ring, store::VaultCase& row,
                                                     const CaseValues& values, Random& random) const {
  const auto place = place_of(tenant_, row);
  std::vector<store::VaultTerm> terms;
  v1::SealedCells cells;
  vault::Record together(matter_.code);
  for (const auto& [name, value] : values) {
    const auto* field = matter_.find(name);
    if (field == nullptr || !in_a_cell(*field))
      return fail(Errc::invalid, "field " + name + " is not stored in a cell");
    if (field->protection == Protection::record) {
      KW_CHECK(together.text(name, text_of(value.reveal())));
      continue;
    }
    KW_TRY(const auto* key, ring.sealing(column(*field, row.district)));
    KW_TRY(const auto sealed, vault::seal_field(*key, {place, name}, field->grade, value.reveal(), random));
    auto* cell = cells.add_cells();
    cell->set_column(name);
    cell->set_sealed(copy_text(sealed));
    if (!field->searchable) continue;
    KW_TRY(const auto* index_key, ring.sealing(index(*field, row.district)));
    const auto term = vault::blind_index(*index_key, index_place(*field), text_of(value.reveal()));
    if (!term && term.code() != Errc::invalid) return term.error();  // without a normal form nobody finds it
    if (!term) continue;
    cell->set_index(copy_text(*term));
    add_term(terms, name, *term);
  }
  if (!together.values().empty()) {
    KW_TRY(const auto* key, ring.sealing(record(row.district)));
    const auto* dictionary = dictionaries_.empty() ? nullptr : &dictionaries_.front();
    KW_TRY(const auto sealed, vault::seal_record(*key, {place, kRecord}, record_grade(), together, dictionary, random));
    auto* cell = cells.add_cells();
    cell->set_column(std::string(kRecord));
    cell->set_sealed(copy_text(sealed));
  }
  row.cells = schema::serialise(cells);
  KW_CHECK(seal_row(ring, row));
  return terms;
}

Result<> CaseForm::check(const KeyRing& ring, const store::VaultCase& row) const {
  const SealedColumns columns(row);
  return vault::check_row(ring, place_of(tenant_, row), columns.list(), row.seal);
}

Result<vault::Record> CaseForm::open_record(const KeyRing& ring, const vault::CellPlace& place, ByteView sealed) const {
  KW_TRY(const auto header, vault::record_header(sealed));
  const auto known = std::ranges::find(dictionaries_, header.dictionary, &vault::RecordDictionary::id);
  return vault::open_record(ring, place, sealed, known == dictionaries_.end() ? nullptr : &*known);
}

Result<CaseValues> CaseForm::open(const KeyRing& ring, const store::VaultCase& row) const {
  KW_CHECK(check(ring, row));
  KW_TRY(const auto cells, cells_of(row));
  const auto place = place_of(tenant_, row);
  CaseValues out;
  for (const auto& cell : cells.cells()) {
    if (cell.column() != kRecord) {
      KW_TRY(auto value, vault::open_field(ring, {place, cell.column()}, bytes_of(cell.sealed())));
      out.emplace(cell.column(), std::move(value));
      continue;
    }
    KW_TRY(const auto opened, open_record(ring, {place, kRecord}, bytes_of(cell.sealed())));
    for (const auto& value : opened.values()) out.emplace(value.field(), SecretBytes::copy_of(bytes_of(value.text())));
  }
  return out;
}

Result<std::vector<Bytes>> CaseForm::terms(const KeyRing& ring, const DataField& field, const std::string& district,
                                           std::string_view value) const {
  auto out = vault::search_terms(ring, index(field, district), index_place(field), value);
  if (!out && out.code() == Errc::not_found) return std::vector<Bytes>();  // nothing was filed there yet
  return out;
}

Result<vault::RotationJob> CaseForm::job(const KeyRing& ring, const std::string& district) const {
  vault::RotationJob out{tenant_, matter_.code, {}, dictionaries_};
  if (has_record()) {
    KW_TRY(const auto* key, ring.sealing(record(district)));
    out.columns.push_back({std::string(kRecord), key->label().ref, vault::Form::record, {}});
  }
  for (const auto& field : matter_.fields) {
    if (field.protection != Protection::field) continue;
    KW_TRY(const auto* key, ring.sealing(column(field, district)));
    vault::RotationColumn column{field.name, key->label().ref, vault::Form::field, {}};
    if (field.searchable) {
      KW_TRY(const auto* index_key, ring.sealing(index(field, district)));
      column.index = {index_key->label().ref, field.type, field.index_bits};
    }
    out.columns.push_back(std::move(column));
  }
  return out;
}

Result<vault::StoredRow> CaseForm::stored(const vault::RotationJob& job, const store::VaultCase& row,
                                          v1::SealedCells& cells) const {
  KW_TRY(cells, cells_of(row));
  for (const auto& cell : cells.cells())
    if (std::ranges::find(job.columns, cell.column(), &vault::RotationColumn::name) == job.columns.end())
      return fail(Errc::wrong_state, "column " + cell.column() + " is not in the catalogue");
  vault::StoredRow out{row.id.bytes(), row.version, {}};
  for (const auto& column : job.columns) {
    const auto* cell = cell_of(cells, column.name);
    out.cells.push_back(cell == nullptr ? vault::StoredCell{}
                                        : vault::StoredCell{bytes_of(cell->sealed()), bytes_of(cell->index())});
  }
  return out;
}

Result<std::vector<store::VaultTerm>> CaseForm::reseal(const KeyRing& ring, const vault::RotationJob& job,
                                                       const vault::StoredRow& stored, store::VaultCase& row,
                                                       Random& random) const {
  KW_CHECK(check(ring, row));  // what somebody changed is not sealed anew
  KW_TRY(const auto moved, vault::reseal_row(ring, job, stored, random));
  v1::SealedCells next;
  std::vector<store::VaultTerm> terms;
  for (std::size_t i = 0; i < job.columns.size(); ++i) {
    if (moved.cells[i].sealed.empty()) continue;
    auto* cell = next.add_cells();
    cell->set_column(job.columns[i].name);
    cell->set_sealed(copy_text(moved.cells[i].sealed));
    cell->set_index(copy_text(moved.cells[i].index));
    add_term(terms, job.columns[i].name, moved.cells[i].index);
  }
  row.cells = schema::serialise(next);
  row.version = moved.row_version;
  KW_CHECK(seal_row(ring, row));
  return terms;
}

}  // namespace kw::server
