// The vault: what is kept of which matter, its keys and rotations; cases, masked by role, for what purpose is stated.
#include "server/api/vault_call.h"
#include "server/vault/vault_terms.h"
#include "server/views.h"

namespace kw::server {
namespace {

// clang-format off: one object of the schema a line or two
struct VaultFieldView {
  std::string name, title, type, data_class, protection, mask, backup;
  std::uint64_t grade, retention_days;
  bool stored, searchable;
  std::vector<std::string> whole_for, choices;
};
BOOST_DESCRIBE_STRUCT(VaultFieldView, (), (name, title, type, data_class, protection, mask, backup, grade, retention_days,
                                           stored, searchable, whole_for, choices))
struct VaultMatterView { std::string code, title; std::uint64_t cases; std::string root; std::vector<VaultFieldView> fields; };
BOOST_DESCRIBE_STRUCT(VaultMatterView, (), (code, title, cases, root, fields))
struct VaultRotationView { std::string matter, district, began, ended, asked_by; std::uint64_t moved, passes; };
BOOST_DESCRIBE_STRUCT(VaultRotationView, (), (matter, district, began, ended, asked_by, moved, passes))
struct VaultFindingView { std::string matter, what, first; std::uint64_t cases; };
BOOST_DESCRIBE_STRUCT(VaultFindingView, (), (matter, what, first, cases))
struct VaultView {
  bool available;
  std::string looked, root_by;
  std::vector<VaultMatterView> matters;
  std::vector<VaultRotationView> rotations;
  std::vector<VaultFindingView> findings;
};
BOOST_DESCRIBE_STRUCT(VaultView, (), (available, looked, root_by, matters, rotations, findings))
struct VaultKeyView { std::string id, use, data_class, district, scope, state, made, changed; std::uint64_t version; };
BOOST_DESCRIBE_STRUCT(VaultKeyView, (), (id, use, data_class, district, scope, state, made, changed, version))
struct VaultKeyAct { std::uint64_t version; std::string act, reason; };
BOOST_DESCRIBE_STRUCT(VaultKeyAct, (), (version, act, reason))
struct VaultRotationNew { std::string matter, district; };
BOOST_DESCRIBE_STRUCT(VaultRotationNew, (), (matter, district))
struct VaultRewrap { std::string data_class, district; };
BOOST_DESCRIBE_STRUCT(VaultRewrap, (), (data_class, district))
struct VaultCaseNew {
  std::optional<std::string> id;
  std::optional<std::uint64_t> version;
  std::string number, status;
  std::map<std::string, std::string> values;
};
BOOST_DESCRIBE_STRUCT(VaultCaseNew, (), (id, version, number, status, values))
struct VaultCasesNew { std::string purpose, consent; std::optional<std::string> site; std::vector<VaultCaseNew> cases; };
BOOST_DESCRIBE_STRUCT(VaultCasesNew, (), (purpose, consent, site, cases))
struct VaultCaseRef { std::string id; std::uint64_t version; };
BOOST_DESCRIBE_STRUCT(VaultCaseRef, (), (id, version))
struct VaultWanted { std::string purpose, consent; std::vector<std::string> ids; };
BOOST_DESCRIBE_STRUCT(VaultWanted, (), (purpose, consent, ids))
struct VaultSearch { std::string purpose, consent, field, value; };
BOOST_DESCRIBE_STRUCT(VaultSearch, (), (purpose, consent, field, value))
struct VaultNewest { std::string purpose, consent; std::uint64_t limit; };
BOOST_DESCRIBE_STRUCT(VaultNewest, (), (purpose, consent, limit))
struct VaultRevealWish { std::string purpose, consent, id, place; std::vector<std::string> fields; };
BOOST_DESCRIBE_STRUCT(VaultRevealWish, (), (purpose, consent, id, place, fields))
struct VaultRemoval { std::string purpose, consent, id; std::uint64_t version; };
BOOST_DESCRIBE_STRUCT(VaultRemoval, (), (purpose, consent, id, version))
struct VaultValueView { std::string field, text; bool whole; };
BOOST_DESCRIBE_STRUCT(VaultValueView, (), (field, text, whole))
struct VaultCaseView {
  std::string id, number, status, name, made, changed;
  std::uint64_t version;
  bool trunk, damaged;
  std::vector<VaultValueView> values;
};
BOOST_DESCRIBE_STRUCT(VaultCaseView, (), (id, number, status, name, made, changed, version, trunk, damaged, values))
struct Moved { std::uint64_t moved; };
BOOST_DESCRIBE_STRUCT(Moved, (), (moved))
struct Done { std::string state; };
BOOST_DESCRIBE_STRUCT(Done, (), (state))
// clang-format on

std::string word_of(vault::Protection protection) {
  switch (protection) {
    case vault::Protection::field:
      return "field";
    case vault::Protection::record:
      return "record";
    case vault::Protection::file:
      return "file";
    case vault::Protection::none:
      break;
  }
  return "none";
}
std::string word_of(vault::Backup backup) {
  return backup == vault::Backup::none ? "none" : backup == vault::Backup::daily ? "daily" : "real-time";
}

VaultFieldView view_of_field(const vault::DataField& from) {
  return {from.name,
          from.title,
          std::string(vault::name(from.type)),
          std::string(vault::name(from.data_class)),
          word_of(from.protection),
          from.mask,
          word_of(from.backup),
          static_cast<std::uint64_t>(from.grade),
          static_cast<std::uint64_t>(from.retention_days),
          from.stored,
          from.searchable,
          from.whole_for,
          from.choices};
}

VaultMatterView view_of_matter(const vault::DataMatter& from, VaultTable* table) {
  VaultMatterView out{from.code, from.title, 0, {}, {}};
  if (table != nullptr) {
    const auto rows = table->rows();
    out.cases = rows.rows();
    out.root = to_hex(rows.root());
  }
  for (const auto& field : from.fields) out.fields.push_back(view_of_field(field));
  return out;
}

VaultRotationView view_of_rotation(const store::VaultRotation& from) {
  const auto cursor = vault::parse_cursor(from.cursor);
  return {from.matter,   from.district, to_rfc3339(from.began),      time_text(from.ended),
          from.asked_by, from.moved,    cursor ? cursor->pass : 0ULL};
}

Result<VaultView> view_of_vault(VaultHouse& house) {
  VaultView out{true, time_text(house.watch().looked()), std::string(name(house.root_by())), {}, {}, {}};
  for (const auto& matter : house.service().book().data().matters())
    out.matters.push_back(view_of_matter(matter, house.tables().find(matter.code)));
  KW_TRY(const auto rotations, house.rotation().list());
  for (const auto& one : rotations) out.rotations.push_back(view_of_rotation(one));
  for (const auto& one : house.watch().found()) out.findings.push_back({one.matter, one.what, one.first, one.cases});
  return out;
}

VaultKeyView view_of_key(const VaultKeyInfo& from) {
  const auto& [ref, purpose] = from.label;
  return {ref.id.text(),
          std::string(vault::name(purpose.use)),
          std::string(vault::name(purpose.data_class)),
          purpose.district,
          purpose.scope,
          std::string(vault::name(from.state)),
          to_rfc3339(from.made),
          to_rfc3339(from.changed),
          ref.version};
}

VaultCaseView view_of_case(const ShownCase& from) {
  VaultCaseView out{from.id.text(),           from.number,  from.status, from.name,    to_rfc3339(from.made),
                    to_rfc3339(from.changed), from.version, from.trunk,  from.damaged, {}};
  for (const auto& value : from.values) out.values.push_back({value.field, value.text, value.whole});
  return out;
}
Answer answer_with(const std::vector<ShownCase>& cases) {
  ItemsView<VaultCaseView> out;
  for (const auto& one : cases) out.items.push_back(view_of_case(one));
  return ok(out);
}
BOOST_DESCRIBE_STRUCT(ItemsView<VaultCaseView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<VaultCaseRef>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<VaultKeyView>, (), (items))

Result<store::VaultCaseId> case_id(std::string_view text) {
  const auto id = store::VaultCaseId::parse(text);
  if (!id) return fail(Errc::invalid, "/id: 32 hex digits");
  return *id;
}

/// An official, with the sites that he may see; one at a site where the call names it.
Result<VaultAsker> asker_of(const Call& call, const ApiServices& s, const std::optional<std::string>& site) {
  VaultAsker out;
  out.actor = call.actor();
  KW_TRY(out.within, sites_within(s.enrol, call.who.scope));
  if (!site) {
    if (out.within) return fail(Errc::invalid, "/site: whoever is responsible for a part of the city names one");
    return out;
  }
  const auto id = SiteId::parse(*site);
  if (!id) return fail(Errc::invalid, "/site: 32 hex digits");
  if (out.within && std::ranges::find(*out.within, *id) == out.within->end()) return fail(Errc::not_found, "site");
  KW_TRY(const auto stored, s.changes.store().read([&](auto& r) { return r.sites().get(*id); }));
  out.site = *id;
  out.district = stored.district;
  return out;
}
Result<std::vector<NewCase>> cases_of(std::vector<VaultCaseNew>& from) {
  std::vector<NewCase> out;
  for (auto& one : from) {
    NewCase made;
    if (one.id) {
      KW_TRY(made.id, case_id(*one.id));
    }
    made.version = one.version.value_or(0);
    made.number = one.number;
    made.status = one.status;
    for (auto& [name, value] : one.values) {
      made.values.emplace(name, SecretBytes::copy_of(bytes_of(value)));
      wipe({reinterpret_cast<Byte*>(value.data()), value.size()});
    }
    out.push_back(std::move(made));
  }
  return out;
}

/// What is wanted of which version of which key. All of it is in the body: a held call is its body.
struct KeyWish {
  vault::KeyRef ref;
  vault::KeyAct act;
  std::string reason;
};
Result<KeyWish> key_wish(const Call& call) {
  KW_TRY(const auto id, call.id<vault::KeyId>());
  KW_TRY(const auto body, call.body<VaultKeyAct>());
  KW_CHECK(check_text("/reason", body.reason, 1, 200));
  if (body.version == 0 || body.version > std::numeric_limits<std::uint32_t>::max())
    return fail(Errc::not_found, "key");
  const vault::KeyRef ref{id, static_cast<std::uint32_t>(body.version)};
  for (const auto act : {vault::KeyAct::disable, vault::KeyAct::restore, vault::KeyAct::destroy})
    if (body.act == vault::name(act)) return KeyWish{ref, act, body.reason};
  return fail(Errc::invalid, "/act: disable, restore or destroy");
}

void add_case_routes(Api& api, const ApiServices& s, const std::function<Operation(WithVault)>& with) {
  api.add("POST", "/vault/{matter}/cases", "putVaultCases",
          with([s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(auto body, call.body<VaultCasesNew>());
            KW_TRY(const auto who, asker_of(call, s, body.site));
            KW_TRY(auto cases, cases_of(body.cases));
            KW_TRY(const auto put, house.service().put(who, call.request.params.at("matter"),
                                                       {body.purpose, body.consent}, std::move(cases)));
            ItemsView<VaultCaseRef> out;
            for (const auto& one : put) out.items.push_back({one.id.text(), one.version});
            return ok(out, 201);
          }));
  api.add("POST", "/vault/{matter}/get", "getVaultCases",
          with([s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultWanted>());
            KW_TRY(const auto who, vault_reader(call, s));
            std::vector<store::VaultCaseId> ids;
            for (const auto& text : body.ids) {
              KW_TRY(const auto id, case_id(text));
              ids.push_back(id);
            }
            KW_TRY(const auto cases,
                   house.service().get(who, call.request.params.at("matter"), {body.purpose, body.consent}, ids));
            return answer_with(cases);
          }));
  // A body, since addresses of requests are written down by proxies on the way.
  api.add("POST", "/vault/{matter}/find", "findVaultCases",
          with([s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultSearch>());
            KW_TRY(const auto who, vault_reader(call, s));
            KW_TRY(const auto cases, house.service().find(who, call.request.params.at("matter"),
                                                          {body.purpose, body.consent}, body.field, body.value));
            return answer_with(cases);
          }));
  api.add("POST", "/vault/{matter}/newest", "listVaultCases",
          with([s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultNewest>());
            KW_TRY(const auto who, vault_reader(call, s));
            KW_TRY(const auto cases, house.service().newest(who, call.request.params.at("matter"),
                                                            {body.purpose, body.consent}, body.limit));
            return answer_with(cases);
          }));
  api.add("POST", "/vault/{matter}/reveal", "revealVaultCase",
          with([s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultRevealWish>());
            KW_TRY(const auto who, vault_reader(call, s));
            RevealWish wish;
            KW_TRY(wish.id, case_id(body.id));
            wish.place = body.place;
            wish.fields = body.fields;
            KW_TRY(const auto whole,
                   house.service().reveal(who, call.request.params.at("matter"), {body.purpose, body.consent}, wish));
            return ok(view_of_case(whole));
          }));
  api.add("POST", "/vault/{matter}/remove", "removeVaultCase",
          with([s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultRemoval>());
            KW_TRY(const auto who, vault_reader(call, s));
            KW_TRY(const auto id, case_id(body.id));
            KW_CHECK(house.service().remove(who, call.request.params.at("matter"), {body.purpose, body.consent}, id,
                                            body.version));
            return ok(Done{"removed"});
          }));
}

}  // namespace

void add_vault_routes(Api& api, const ApiServices& s) {
  auto* house = s.vault;
  const auto with = [house](WithVault run) { return with_vault(house, std::move(run)); };
  api.add("GET", "/vault", "getVault", [house](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    if (house == nullptr) return ok(VaultView{});
    KW_TRY(const auto view, view_of_vault(*house));
    return ok(view);
  });
  api.add("GET", "/vault/keys", "listVaultKeys", with([](VaultHouse& vault, const Call& call) -> Result<Answer> {
            KW_CHECK(call.only({}));
            ItemsView<VaultKeyView> out;
            for (const auto& key : vault.keys().list()) out.items.push_back(view_of_key(key));
            return ok(out);
          }));
  api.add("POST", "/vault/keys/{id}/act", "actVaultKey",
          with([](VaultHouse& vault, const Call& call) -> Result<Answer> {
            KW_TRY(const auto wish, key_wish(call));
            KW_CHECK(vault.keys().act(wish.ref, wish.act, wish.reason, call.actor()));
            return ok(Done{std::string(vault::name(wish.act))});
          }),
          [house](const Call& call) -> Result<std::map<std::string, std::string>> {
            if (house == nullptr) return fail(Errc::unavailable, "vault_unavailable");
            KW_TRY(const auto wish, key_wish(call));
            for (const auto& key : house->keys().list()) {
              if (key.label.ref != wish.ref) continue;
              KW_TRY(const auto next, vault::after(key.state, wish.act));
              return std::map<std::string, std::string>{{"key", key.label.purpose.scope},
                                                        {"version", std::to_string(wish.ref.version)},
                                                        {"reason", wish.reason},
                                                        {"before", std::string(vault::name(key.state))},
                                                        {"after", std::string(vault::name(next))}};
            }
            return fail(Errc::not_found, "key");
          });
  api.add("POST", "/vault/rotations", "rotateVault", with([](VaultHouse& vault, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultRotationNew>());
            KW_TRY(const auto begun, vault.rotation().begin(body.matter, body.district, call.actor()));
            return ok(view_of_rotation(begun), 201);
          }));
  api.add("POST", "/vault/wrapping", "rewrapVaultKeys", with([](VaultHouse& vault, const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<VaultRewrap>());
            const auto data_class = vault::class_of(body.data_class);
            if (!data_class) return fail(Errc::invalid, "/data_class: no such class");
            KW_TRY(const auto moved, vault.keys().rewrap(*data_class, body.district, call.actor()));
            return ok(Moved{moved});
          }));
  add_case_routes(api, s, with);
}

}  // namespace kw::server
