// Cases are shown: masked by role, whole where the matter's rules allow it, as a trunk to who acts for another.
#include <algorithm>

#include "server/vault/vault_refusal.h"
#include "server/vault/vault_service.h"
#include "server/vault/vault_terms.h"

namespace kw::server {
namespace {

ShownCase head_of(const store::VaultCase& row) {
  return {row.id, row.version, row.number, row.status, {}, false, false, row.made, row.changed, {}};
}
/// A case that does not open hides no other: it stands in the list by its head.
ShownCase damaged(const store::VaultCase& row) {
  auto out = head_of(row);
  out.damaged = true;
  return out;
}

std::string role_of(const masking::Applicant&) { return "applicant"; }
std::string role_of(const masking::Official& who) { return who.role; }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
  return out;
}

/// Why a reveal is refused, as a word of masking::RevealReason.
struct RevealRefused {
  std::string why;
};
using WholeField = tl::expected<ShownField, RevealRefused>;

WholeField whole_for(const masking::Agent&, const masking::Filing&, const matters::MatterBook&, const vault::DataField&,
                     const masking::WholeAsk&) {
  return tl::unexpected(RevealRefused{"trunk_only"});  // decide_whole has no overload for him
}
template <class Person>
WholeField whole_for(const Person& person, const masking::Filing& filing, const matters::MatterBook& book,
                     const vault::DataField& field, const masking::WholeAsk& ask) {
  const auto may = book.may_reveal(role_of(person), ask.matter, field, ask.purpose, ask.place);
  if (!may.allowed()) return tl::unexpected(RevealRefused{std::string(masking::name(may.reason))});
  auto decision = masking::decide_whole(person, filing, ask, book.reveal());
  auto* permit = std::get_if<masking::WholePermit>(&decision);
  if (permit == nullptr) return tl::unexpected(RevealRefused{"another_person"});
  const auto view = masking::WholeView::open(filing, std::move(*permit));
  if (!view) return tl::unexpected(RevealRefused{"another_person"});
  return ShownField{field.name, view->fields().at(field.mask), true};
}
template <class Looker>
WholeField whole_field(const Looker& as, const masking::Filing& filing, const matters::MatterBook& book,
                       const vault::DataField& field, const masking::WholeAsk& ask) {
  return std::visit([&](const auto& person) { return whole_for(person, filing, book, field, ask); }, as);
}

}  // namespace

Result<ShownCase> VaultService::shown(const VaultAsker& who, const VaultTable& table,
                                      const store::VaultCase& row) const {
  KW_TRY(const auto values, opened(table, row));
  return shown(who, table, row, values);
}

Result<ShownCase> VaultService::shown(const VaultAsker& who, const VaultTable& table, const store::VaultCase& row,
                                      const CaseValues& values) const {
  const auto as = parts_.access.looker(who, row);
  if (!as) return fail(Errc::internal, "a case that is not the asker's");
  const auto whole = filing(table, row, values, {});
  const auto& masks = parts_.book.masks();
  return std::visit(
      [&](const auto& person) -> Result<ShownCase> {
        auto out = head_of(row);
        if constexpr (std::is_same_v<std::decay_t<decltype(person)>, masking::Agent>) {
          KW_TRY(const auto trunk, masking::show_trunk(whole, masks, person));
          out.name = trunk.masked_name();
          out.trunk = true;
        } else {
          const auto role = role_of(person);
          out.name = masking::TrunkView(whole, masks, role).masked_name();
          for (const auto& [name, value] : values) {
            const auto* field = table.form().matter().find(name);
            if (field == nullptr) continue;  // it has left the catalogue: shown to nobody
            out.values.push_back({name, parts_.book.show(role, *field, text_of(value.reveal())), field->mask.empty()});
          }
        }
        return out;
      },
      *as);
}

Result<std::vector<ShownCase>> VaultService::get(const VaultAsker& who, const std::string& matter,
                                                 const VaultTerms& terms, const std::vector<store::VaultCaseId>& ids) {
  KW_TRY(auto* table, parts_.access.table_of(matter));
  KW_CHECK(read_terms(terms.purpose, terms.consent));
  if (ids.empty() || ids.size() > kMostCases)
    return vault_refusal(Errc::invalid, "too_large", "1 to " + std::to_string(kMostCases) + " cases");
  KW_TRY(const auto rows, parts_.access.rows_of(who, *table, ids, "get"));
  std::vector<ShownCase> out;
  for (const auto& row : rows) {
    KW_TRY(auto one, shown(who, *table, row));
    out.push_back(std::move(one));
  }
  KW_CHECK(parts_.access.record(who, "vault.read", "success",
                                {{"matter", matter},
                                 {"case", ids.size() == 1 ? ids.front().text() : std::string()},
                                 {"cases", std::to_string(ids.size())},
                                 {"purpose", terms.purpose},
                                 {"consent", terms.consent}}));
  return out;
}

Result<std::vector<ShownCase>> VaultService::newest(const VaultAsker& who, const std::string& matter,
                                                    const VaultTerms& terms, std::size_t most) {
  KW_TRY(auto* table, parts_.access.table_of(matter));
  KW_CHECK(read_terms(terms.purpose, terms.consent));
  if (who.session) return vault_refusal(Errc::forbidden, "purpose_forbidden", "a person asks for a case by its ID");
  KW_TRY(const auto rows, changes_.store().read([&](auto& r) {
    return r.vault().newest(matter, who.within, std::min(most, kMostCases));
  }));
  std::vector<ShownCase> out;
  for (const auto& row : rows) {
    auto one = shown(who, *table, row);
    if (!one && one.code() != Errc::corrupt) return one.error();
    out.push_back(one ? std::move(*one) : damaged(row));
  }
  KW_CHECK(parts_.access.record(who, "vault.read", "success",
                                {{"matter", matter},
                                 {"cases", std::to_string(out.size())},
                                 {"purpose", terms.purpose},
                                 {"consent", terms.consent}}));
  return out;
}

Result<std::vector<ShownCase>> VaultService::find(const VaultAsker& who, const std::string& matter,
                                                  const VaultTerms& terms, const std::string& name,
                                                  std::string_view value) {
  KW_TRY(auto* table, parts_.access.table_of(matter));
  KW_CHECK(read_terms(terms.purpose, terms.consent));
  const auto* field = table->form().matter().find(name);
  if (field == nullptr) return vault_refusal(Errc::invalid, "field_unknown", "");
  if (!field->searchable) return vault_refusal(Errc::invalid, "field_forbidden", name + " is not searchable");
  const auto asker = VaultAccess::name_of(who);
  if (finds_.over(asker, changes_.clock().now()))
    return vault_refusal(Errc::unavailable, "too_often", "at most " + std::to_string(finds_.most()) + " a minute");
  finds_.count(asker, changes_.clock().now());
  const auto wanted = vault::normal_form(field->type, value);
  if (!wanted) return vault_refusal(Errc::invalid, "value_invalid", name);
  std::vector<Bytes> terms_of_value;
  for (const auto& district : parts_.keys.districts()) {
    KW_TRY(auto some, parts_.keys.with([&](const vault::KeyRing& ring) {
      return table->form().terms(ring, *field, district, value);
    }));
    std::ranges::move(some, std::back_inserter(terms_of_value));
  }
  KW_TRY(const auto rows,
         changes_.store().read([&](auto& r) { return r.vault().find(matter, name, terms_of_value, kMostCases); }));
  std::vector<ShownCase> out;
  for (const auto& row : rows) {
    if (out.size() == kMostFound || !parts_.access.looker(who, row)) continue;
    const auto values = opened(*table, row);
    if (!values && values.code() != Errc::corrupt) return values.error();
    if (!values) {  // nobody can compare; who works here sees that there is one
      if (!who.session) out.push_back(damaged(row));
      continue;
    }
    const auto at = values->find(name);
    if (at == values->end()) continue;
    const auto there = vault::normal_form(field->type, text_of(at->second.reveal()));
    // Other values share an index where it is short.
    if (!there || !std::ranges::equal(there->reveal(), wanted->reveal())) continue;
    KW_TRY(auto one, shown(who, *table, row, *values));
    out.push_back(std::move(one));
  }
  KW_CHECK(parts_.access.record(who, "vault.found", "success",
                                {{"matter", matter},
                                 {"field", name},
                                 {"cases", std::to_string(out.size())},
                                 {"purpose", terms.purpose},
                                 {"consent", terms.consent}}));
  // A person looks for his own; whoever misses again and again tries other people's numbers.
  if (who.session && out.empty()) return parts_.access.walked(who, matter, store::VaultCaseId(), "find").error();
  return out;
}

Result<ShownCase> VaultService::reveal(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                       const RevealWish& wish) {
  KW_TRY(auto* table, parts_.access.table_of(matter));
  KW_TRY(const auto read, read_terms(terms.purpose, terms.consent));
  KW_TRY(const auto place, read_place(wish.place));
  if (wish.fields.empty() || wish.fields.size() > table->form().matter().fields.size())
    return vault_refusal(Errc::invalid, "field_unknown", "no fields");
  KW_TRY(const auto rows, parts_.access.rows_of(who, *table, {wish.id}, "reveal"));
  const auto& row = rows.front();
  const auto as = parts_.access.looker(who, row);
  if (!as) return fail(Errc::internal, "a case that is not the asker's");
  KW_TRY(const auto values, opened(*table, row));
  auto out = head_of(row);
  std::map<std::string, std::string> params{
      {"matter", matter},    {"case", wish.id.text()},   {"fields", joined(wish.fields)},
      {"place", wish.place}, {"purpose", terms.purpose}, {"consent", terms.consent}};
  for (const auto& name : wish.fields) {
    const auto* field = table->form().matter().find(name);
    const auto at = values.find(name);
    auto one = field == nullptr || at == values.end()
                   ? WholeField(tl::unexpected(RevealRefused{"field_not_named"}))
                   // One filing a field: two fields of a matter may be of one kind.
                   : whole_field(*as, filing(*table, row, values, {{field->mask, copy_text(at->second.reveal())}}),
                                 parts_.book, *field, {read.purpose, place, matter, {field->mask}});
    if (!one) {
      if (field == nullptr) params.erase("fields");  // a word of nobody's list
      params["why"] = one.error().why;
      KW_CHECK(parts_.access.record(who, "vault.revealed", "refused", params));
      return vault_refusal(Errc::forbidden, "reveal_refused", one.error().why);
    }
    out.values.push_back(std::move(*one));
  }
  KW_CHECK(parts_.access.record(who, "vault.revealed", "success", params));
  return out;
}

}  // namespace kw::server
