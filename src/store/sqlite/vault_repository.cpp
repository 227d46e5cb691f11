#include "store/sqlite/vault_repository.h"

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr auto kSelectVaultKey =
    "SELECT id, version, use, class, district, scope, state, wrapped, made, changed FROM vault_keys";
const std::string kSelectVaultCase =
    "SELECT c.matter, c.id, c.version, c.number, c.status, c.district, c.site, c.owner, c.for_another, c.session, "
    "c.made, "
    "c.changed, c.ends, c.cells, c.seal FROM vault_cases c ";

/// word takes a number of an enumeration that begins with 1.
template <class T>
T word(Row& row, T last) {
  const auto value = row.count();
  if (value < 1 || value > static_cast<std::uint64_t>(last)) {
    row.corrupt();
    return last;
  }
  return static_cast<T>(value);
}

VaultKey read_vault_key(Row& row) {
  VaultKey out;
  out.label.ref.id = row.id<vault::KeyId>();
  out.label.ref.version = static_cast<std::uint32_t>(row.count());
  out.label.purpose.use = word(row, vault::KeyUse::row_mac);
  out.label.purpose.data_class = word(row, vault::DataClass::personal);
  out.label.purpose.district = row.text();
  out.label.purpose.scope = row.text();
  out.state = word(row, vault::KeyState::destroyed);
  out.wrapped = row.blob();
  out.made = row.time();
  out.changed = row.time();
  return out;
}

VaultCase read_vault_case(Row& row) {
  VaultCase out;
  out.matter = row.text();
  out.id = row.id<VaultCaseId>();
  out.version = row.count();
  out.number = row.text();
  out.status = row.text();
  out.district = row.text();
  out.site = row.id<SiteId>();
  out.owner = row.blob();
  out.for_another = row.flag();
  out.session = row.id<BusinessSessionId>();
  out.made = row.time();
  out.changed = row.time();
  out.ends = row.time();
  out.cells = row.blob();
  out.seal = row.blob();
  return out;
}

std::string name_of(const vault::KeyRef& ref) { return ref.id.text() + "/" + std::to_string(ref.version); }

std::string marks(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += i == 0 ? "?" : ", ?";
  return out;
}

}  // namespace

Result<std::vector<VaultKey>> SqliteVault::keys() { return db_.all<VaultKey>(kSelectVaultKey, {}, read_vault_key); }
Result<> SqliteVault::insert_key(const VaultKey& k) {
  const auto& [ref, purpose] = k.label;
  KW_CHECK(db_.exec("INSERT INTO vault_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {name_of(ref), ref.id, std::uint64_t{ref.version}, static_cast<int>(purpose.use),
                     static_cast<int>(purpose.data_class), purpose.district, purpose.scope, static_cast<int>(k.state),
                     k.wrapped, k.made, k.changed}));
  return {};
}
Result<> SqliteVault::set_key(const VaultKey& k) {
  return at_least_one(db_.exec("UPDATE vault_keys SET state = ?, wrapped = ?, changed = ? WHERE name = ?",
                               {static_cast<int>(k.state), k.wrapped, k.changed, name_of(k.label.ref)}),
                      Errc::not_found);
}

Result<> SqliteVault::put_terms(const VaultCase& row, const std::vector<VaultTerm>& terms) {
  for (const auto& term : terms)
    KW_CHECK(db_.exec("INSERT INTO vault_terms VALUES (?, ?, ?, ?)", {row.matter, term.field, term.term, row.id}));
  return {};
}
Result<> SqliteVault::insert(const VaultCase& c, const std::vector<VaultTerm>& terms) {
  KW_CHECK(db_.exec("INSERT INTO vault_cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {c.matter, c.id, c.version, c.number, c.status, c.district, c.site, c.owner, c.for_another,
                     c.session, c.made, c.changed, c.ends, c.cells, c.seal}));
  return put_terms(c, terms);
}
Result<> SqliteVault::replace(const VaultCase& c, std::uint64_t version, const std::vector<VaultTerm>& terms) {
  KW_CHECK(at_least_one(
      db_.exec("UPDATE vault_cases SET version = ?, number = ?, status = ?, changed = ?, ends = ?, cells = ?, seal = ? "
               "WHERE matter = ? AND id = ? AND version = ?",
               {c.version, c.number, c.status, c.changed, c.ends, c.cells, c.seal, c.matter, c.id, version}),
      Errc::conflict));
  KW_CHECK(db_.exec("DELETE FROM vault_terms WHERE matter = ? AND id = ?", {c.matter, c.id}));
  return put_terms(c, terms);
}
Result<> SqliteVault::remove(const std::string& matter, const VaultCaseId& id, std::uint64_t version) {
  KW_CHECK(
      db_.exec("INSERT OR IGNORE INTO vault_gone SELECT f.file FROM vault_files f JOIN vault_cases c ON c.matter = "
               "f.matter AND c.id = f.id WHERE c.matter = ? AND c.id = ? AND c.version = ?",
               {matter, id, version}));
  return at_least_one(
      db_.exec("DELETE FROM vault_cases WHERE matter = ? AND id = ? AND version = ?", {matter, id, version}),
      Errc::conflict);
}
Result<VaultCase> SqliteVault::get(const std::string& matter, const VaultCaseId& id) {
  return db_.one<VaultCase>(kSelectVaultCase + "WHERE matter = ? AND id = ?", {matter, id}, read_vault_case);
}
Result<std::vector<VaultCase>> SqliteVault::find(const std::string& matter, const std::string& field,
                                                 const std::vector<Bytes>& terms, std::size_t most) {
  if (terms.empty()) return std::vector<VaultCase>();
  Values values{matter, field};
  for (const auto& term : terms) values.emplace_back(term);
  values.emplace_back(static_cast<std::uint64_t>(most));
  return db_.all<VaultCase>(
      kSelectVaultCase +
          "JOIN vault_terms t ON t.matter = c.matter AND t.id = c.id WHERE t.matter = ? AND t.field "
          "= ? AND t.term IN (" +
          marks(terms.size()) + ") ORDER BY c.id LIMIT ?",
      values, read_vault_case);
}
Result<std::vector<VaultCase>> SqliteVault::after(const std::string& matter, const std::optional<std::string>& district,
                                                  const VaultCaseId& id, std::size_t most) {
  Values values{matter, id};
  if (district) values.emplace_back(*district);
  values.emplace_back(static_cast<std::uint64_t>(most));
  return db_.all<VaultCase>(
      kSelectVaultCase + "WHERE matter = ? AND id > ? " + (district ? "AND district = ? " : "") + "ORDER BY id LIMIT ?",
      values, read_vault_case);
}
Result<std::vector<VaultCase>> SqliteVault::newest(const std::string& matter,
                                                   const std::optional<std::vector<SiteId>>& sites, std::size_t most) {
  if (sites && sites->empty()) return std::vector<VaultCase>();
  Values values{matter};
  std::string within;
  if (sites) {
    within = "AND site IN (" + marks(sites->size()) + ") ";
    for (const auto& site : *sites) values.emplace_back(site);
  }
  values.emplace_back(static_cast<std::uint64_t>(most));
  // IDs begin with their time.
  return db_.all<VaultCase>(kSelectVaultCase + "WHERE matter = ? " + within + "ORDER BY id DESC LIMIT ?", values,
                            read_vault_case);
}
Result<std::vector<VaultCase>> SqliteVault::ended(Timestamp now, std::size_t most) {
  return db_.all<VaultCase>(kSelectVaultCase + "WHERE ends < ? ORDER BY ends LIMIT ?",
                            {now, static_cast<std::uint64_t>(most)}, read_vault_case);
}
Result<std::uint64_t> SqliteVault::count(const std::string& matter) {
  return db_.count("SELECT count(*) FROM vault_cases WHERE matter = ?", {matter});
}
Result<std::uint64_t> SqliteVault::terms_of(const std::string& matter, const VaultCaseId& id) {
  return db_.count("SELECT count(*) FROM vault_terms WHERE matter = ? AND id = ?", {matter, id});
}

Result<std::vector<VaultPart>> SqliteVault::parts(const std::string& matter) {
  return db_.all<VaultPart>("SELECT part, octets FROM vault_parts WHERE matter = ? ORDER BY part", {matter},
                            [](Row& row) { return VaultPart{static_cast<unsigned>(row.count()), row.blob()}; });
}
Result<> SqliteVault::put_part(const std::string& matter, const VaultPart& part) {
  KW_CHECK(
      db_.exec("INSERT OR REPLACE INTO vault_parts VALUES (?, ?, ?)", {matter, std::uint64_t{part.part}, part.octets}));
  return {};
}

Result<std::vector<VaultRotation>> SqliteVault::rotations() {
  return db_.all<VaultRotation>(
      "SELECT matter, district, cursor, began, ended, moved, asked_by FROM vault_rotations ORDER BY matter, district",
      {}, [](Row& row) {
        VaultRotation out;
        out.matter = row.text();
        out.district = row.text();
        out.cursor = row.blob();
        out.began = row.time();
        out.ended = row.optional_time();
        out.moved = row.count();
        out.asked_by = row.text();
        return out;
      });
}
Result<> SqliteVault::put_rotation(const VaultRotation& r) {
  KW_CHECK(db_.exec("INSERT OR REPLACE INTO vault_rotations VALUES (?, ?, ?, ?, ?, ?, ?)",
                    {r.matter, r.district, r.cursor, r.began, r.ended, r.moved, r.asked_by}));
  return {};
}

Result<std::vector<VaultDictionary>> SqliteVault::dictionaries() {
  return db_.all<VaultDictionary>("SELECT id, matter, made, octets FROM vault_dictionaries ORDER BY made DESC, id", {},
                                  [](Row& row) {
                                    VaultDictionary out;
                                    out.id = row.count();
                                    out.matter = row.text();
                                    out.made = row.time();
                                    out.octets = row.blob();
                                    return out;
                                  });
}
Result<> SqliteVault::insert_dictionary(const VaultDictionary& d) {
  KW_CHECK(db_.exec("INSERT INTO vault_dictionaries VALUES (?, ?, ?, ?)", {d.id, d.matter, d.made, d.octets}));
  return {};
}

}  // namespace kw::store
