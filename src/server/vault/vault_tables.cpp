#include "server/vault/vault_tables.h"

#include <algorithm>

#include "crypto/sm3.h"

namespace kw::server {
namespace {

bool keeps(const vault::DataMatter& matter) {
  return std::ranges::any_of(matter.fields, [](const auto& field) { return field.stored; });
}

Result<vault::RowSet> stored_set(store::Repositories& r, const std::string& tenant, const std::string& matter) {
  KW_TRY(auto set, vault::RowSet::make(tenant, matter, VaultTables::kPartBits));
  KW_TRY(const auto parts, r.vault().parts(matter));
  for (const auto& part : parts) {
    if (part.part >= set.parts()) return fail(Errc::corrupt, "vault: parts of " + matter);
    KW_CHECK(set.restore_part(part.part, part.octets));
  }
  return set;
}

}  // namespace

void RowsWriter::insert(const store::VaultCase& row) {
  set_.insert(CaseForm::leaf(row));
  touched_.insert(set_.part_of(row.id.bytes()));
}

Result<> RowsWriter::remove(const store::VaultCase& row) {
  touched_.insert(set_.part_of(row.id.bytes()));
  return set_.remove(CaseForm::leaf(row));
}

Result<> RowsWriter::put(Change& change) const {
  for (const auto part : touched_)
    KW_CHECK(change.repositories().vault().put_part(matter_, {part, set_.part_octets(part)}));
  return {};
}

Result<std::unique_ptr<VaultTables>> VaultTables::load(const std::string& tenant, const vault::Catalogue& catalogue,
                                                       store::Store& store) {
  auto out = std::make_unique<VaultTables>();
  KW_CHECK(store.read([&](store::Repositories& r) -> Result<> {
    KW_TRY(const auto dictionaries, r.vault().dictionaries());
    for (const auto& matter : catalogue.matters()) {
      if (!keeps(matter)) continue;
      std::vector<vault::RecordDictionary> own;
      for (const auto& one : dictionaries) {
        if (one.matter != matter.code) continue;
        KW_TRY(auto dictionary, vault::RecordDictionary::load(one.octets));
        own.push_back(std::move(dictionary));
      }
      KW_TRY(auto set, stored_set(r, tenant, matter.code));
      out->tables_.push_back(std::make_unique<VaultTable>(CaseForm(tenant, matter, std::move(own)), std::move(set)));
    }
    return {};
  }));
  return out;
}

Result<> VaultTables::adopt(Changes& changes, const matters::MatterBook& book) {
  KW_TRY(const auto known, changes.store().read([](auto& r) { return r.vault().dictionaries(); }));
  for (const auto& matter : book.data().matters()) {
    const auto octets = book.dictionary(matter.code);
    if (octets.empty()) continue;
    KW_TRY(const auto dictionary, vault::RecordDictionary::load(octets));
    if (std::ranges::find(known, dictionary.id(), &store::VaultDictionary::id) != known.end()) continue;
    KW_CHECK(changes.run([&](Change& change) -> Result<> {
      KW_CHECK(
          change.repositories().vault().insert_dictionary({dictionary.id(), matter.code, change.now(), copy(octets)}));
      return change.record({.type = "vault.dictionary.adopted",
                            .params = {{"matter", matter.code}, {"digest", to_hex(crypto::sm3(octets))}}});
    }));
  }
  return {};
}

VaultTable* VaultTables::find(std::string_view matter) const {
  const auto at = std::ranges::find_if(tables_, [&](const auto& table) { return table->matter() == matter; });
  return at == tables_.end() ? nullptr : at->get();
}

}  // namespace kw::server
