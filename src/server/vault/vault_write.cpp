// Cases are written, removed, and swept away when their time is over.
#include <algorithm>
#include <set>

#include "base/plain_name.h"
#include "matters/value_check.h"
#include "server/landing_desk.h"
#include "server/vault/vault_refusal.h"
#include "server/vault/vault_service.h"
#include "server/vault/vault_terms.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostStatus = 32, kSweepAtOnce = 200;
constexpr Duration kDay = std::chrono::hours(24);

bool is_status(std::string_view text) { return !text.empty() && text.size() <= kMostStatus && has_plain_letters(text); }

/// first_end is when the first of these values has been kept for as long as it may.
Timestamp first_end(const vault::DataMatter& matter, const CaseValues& values, Timestamp made) {
  int days = 0;
  for (const auto& [name, value] : values) {
    const auto* field = matter.find(name);
    if (field != nullptr && (days == 0 || field->retention_days < days)) days = field->retention_days;
  }
  return made + days * kDay;
}

/// lands says whether a value may lie in a field that is not personal: no number that says who somebody is, and no
/// secrecy marking anywhere (clauses 7.3, 9.7-e).
Result<> check_landing(LandingDesk* desk, const vault::DataField& field, ByteView value) {
  landing::Scanner scan;
  scan.put(value);
  KW_TRY(auto report, scan.finish());
  // Of a personal field a number is what it is for.
  if (field.data_class == vault::DataClass::personal)
    std::erase_if(report.hits, [](const auto& hit) { return hit.kind != landing::HitKind::marking; });
  else if (desk != nullptr && report.clean()) {
    KW_TRY(auto landed, desk->land(LandingPlace::vault, value));                // the operator's rules
    if (landed.octets && std::ranges::equal(*landed.octets, value)) return {};  // nothing is stored masked
    report = std::move(landed.report);
  }
  if (report.clean()) return {};
  if (desk != nullptr) KW_CHECK(desk->land(LandingPlace::vault, value));  // it counts, and tells
  return vault_refusal(
      Errc::invalid, "landing_refused",
      field.name + ": " + (report.hits.empty() ? "too much" : std::string(landing::name(report.hits.front().kind))));
}

}  // namespace

Result<> VaultService::check_case(const vault::DataMatter& matter, const NewCase& one) const {
  if (!is_reference(one.number)) return vault_refusal(Errc::invalid, "value_invalid", "number");
  if (!is_status(one.status)) return vault_refusal(Errc::invalid, "value_invalid", "status");
  if (one.values.empty()) return vault_refusal(Errc::invalid, "value_invalid", "no values");
  std::size_t octets = 0;
  for (const auto& [name, value] : one.values) {
    const auto* field = matter.find(name);
    if (field == nullptr) return vault_refusal(Errc::invalid, "field_unknown", is_reference(name) ? name : "");
    if (!field->stored || field->protection == vault::Protection::file)
      return vault_refusal(Errc::invalid, "field_forbidden", name + " is not stored here");
    if (const auto good = matters::check_value(*field, text_of(value.reveal())); !good)
      return vault_refusal(Errc::invalid, "value_invalid", good.error().detail());
    KW_CHECK(check_landing(landing_, *field, value.reveal()));
    octets += value.size();
  }
  if (octets > kMostValues) return vault_refusal(Errc::too_large, "too_large", "values of one case");
  return {};
}

Result<store::VaultCase> VaultService::row_of(const VaultAsker& who, const vault::DataMatter& matter,
                                              const NewCase& one) {
  store::VaultCase row;
  const auto now = changes_.clock().now();
  if (one.id) {
    KW_TRY(auto* table, parts_.access.table_of(matter.code));
    KW_TRY(auto rows, parts_.access.rows_of(who, *table, {*one.id}, "put"));
    row = std::move(rows.front());
    if (row.version != one.version) return vault_refusal(Errc::conflict, "case_changed", "");
  } else {
    row.matter = matter.code;
    row.id = store::VaultCaseId::make(now, changes_.random());
    row.district = who.district;
    row.site = who.site;
    row.made = now;
    row.for_another = one.for_another;
    if (who.session) {
      row.owner = who.session->owner;
      row.session = who.session->id;
    }
  }
  ++row.version;
  row.number = one.number;
  row.status = one.status;
  row.changed = now;
  row.ends = first_end(matter, one.values, row.made);
  return row;
}

Result<std::vector<PutCase>> VaultService::put(const VaultAsker& who, const std::string& matter,
                                               const VaultTerms& terms, std::vector<NewCase> cases) {
  KW_TRY(auto* table, parts_.access.table_of(matter));
  KW_TRY(const auto read, read_terms(terms.purpose, terms.consent));
  if (read.purpose != masking::Purpose::entry)
    return vault_refusal(Errc::invalid, "purpose_forbidden", "cases are written for entry");
  if (cases.empty() || cases.size() > kMostCases)
    return vault_refusal(Errc::invalid, "too_large", "1 to " + std::to_string(kMostCases) + " cases");
  struct Made {
    store::VaultCase row;
    std::vector<store::VaultTerm> terms;
    std::optional<store::VaultCase> before;
  };
  std::vector<Made> made;
  made.reserve(cases.size());
  std::set<std::string> districts;  // whose keys are there
  for (const auto& one : cases) {
    KW_CHECK(check_case(table->form().matter(), one));
    KW_TRY(auto row, row_of(who, table->form().matter(), one));
    if (districts.insert(row.district).second) KW_CHECK(parts_.keys.need(table->form().purposes(row.district)));
    KW_TRY(auto row_terms, parts_.keys.with([&](const vault::KeyRing& ring) {
      return table->form().seal(ring, row, one.values, changes_.random());
    }));
    made.push_back({std::move(row), std::move(row_terms), std::nullopt});
  }
  KW_CHECK(table->write(changes_, [&](Change& change, RowsWriter& rows) -> Result<> {
    auto& repository = change.repositories().vault();
    for (auto& one : made) {
      if (one.row.version == 1) {
        KW_CHECK(repository.insert(one.row, one.terms));
      } else {
        KW_TRY(const auto before, repository.get(matter, one.row.id));
        const auto stored = repository.replace(one.row, one.row.version - 1, one.terms);
        if (!stored && stored.code() == Errc::conflict) return vault_refusal(Errc::conflict, "case_changed", "");
        KW_CHECK(stored);
        KW_CHECK(rows.remove(before));
      }
      rows.insert(one.row);
    }
    return change.record(
        parts_.access.happening(who, "vault.written", "success",
                                {{"matter", matter},
                                 {"case", made.size() == 1 ? made.front().row.id.text() : std::string()},
                                 {"cases", std::to_string(made.size())},
                                 {"purpose", terms.purpose},
                                 {"consent", terms.consent},
                                 {"root", rows.root()}}));
  }));
  std::vector<PutCase> out;
  for (const auto& one : made) out.push_back({one.row.id, one.row.version});
  return out;
}

Result<> VaultService::remove(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                              const store::VaultCaseId& id, std::uint64_t version) {
  KW_TRY(auto* table, parts_.access.table_of(matter));
  KW_CHECK(read_terms(terms.purpose, terms.consent));
  KW_TRY(const auto found, parts_.access.rows_of(who, *table, {id}, "remove"));
  if (found.front().version != version) return vault_refusal(Errc::conflict, "case_changed", "");
  return table->write(changes_, [&](Change& change, RowsWriter& rows) -> Result<> {
    const auto removed = change.repositories().vault().remove(matter, id, version);
    if (!removed && removed.code() == Errc::conflict) return vault_refusal(Errc::conflict, "case_changed", "");
    KW_CHECK(removed);
    KW_CHECK(rows.remove(found.front()));
    return change.record(parts_.access.happening(who, "vault.removed", "success",
                                                 {{"matter", matter},
                                                  {"case", id.text()},
                                                  {"cases", "1"},
                                                  {"why", "asked"},
                                                  {"purpose", terms.purpose},
                                                  {"consent", terms.consent},
                                                  {"root", rows.root()}}));
  });
}

Result<> VaultService::sweep_one(VaultTable& table, const store::VaultCase& row) {
  KW_TRY(auto values, opened(table, row));
  const auto& matter = table.form().matter();
  const auto now = changes_.clock().now();
  std::erase_if(values, [&](const auto& one) {
    const auto* field = matter.find(one.first);
    return field == nullptr || row.made + field->retention_days * kDay < now;
  });
  auto next = row;
  std::vector<store::VaultTerm> terms;
  if (!values.empty()) {
    ++next.version;
    next.ends = first_end(matter, values, row.made);
    KW_CHECK(parts_.keys.need(table.form().purposes(row.district)));
    KW_TRY(terms, parts_.keys.with([&](const vault::KeyRing& ring) {
      return table.form().seal(ring, next, values, changes_.random());
    }));
  }
  return table.write(changes_, [&](Change& change, RowsWriter& rows) -> Result<> {
    auto& repository = change.repositories().vault();
    if (values.empty()) {
      KW_CHECK(repository.remove(row.matter, row.id, row.version));
    } else {
      KW_CHECK(repository.replace(next, row.version, terms));
    }
    KW_CHECK(rows.remove(row));
    if (!values.empty()) rows.insert(next);
    return change.record({.type = "vault.removed",
                          .params = {{"matter", row.matter},
                                     {"case", row.id.text()},
                                     {"cases", values.empty() ? "1" : "0"},
                                     {"why", "retention"},
                                     {"root", rows.root()}}});
  });
}

Result<std::size_t> VaultService::sweep() {
  KW_TRY(const auto ended,
         changes_.store().read([&](auto& r) { return r.vault().ended(changes_.clock().now(), kSweepAtOnce); }));
  std::size_t swept = 0;
  for (const auto& row : ended) {
    auto* table = parts_.access.tables().find(row.matter);
    if (table == nullptr) continue;  // its matter has left the catalogue: nobody reads it, and an operator is told
    const auto done = sweep_one(*table, row);
    if (!done && done.code() != Errc::conflict) {
      log_.error("vault.sweep", {{"case", row.id.text()}, {"error", done.error().text()}});
      continue;
    }
    if (done) ++swept;
  }
  return swept;
}

}  // namespace kw::server
