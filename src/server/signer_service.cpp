#include "server/signer_service.h"

#include "server/permissions.h"

#include "base/comma_list.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

bool may_sign(const store::SigningKey& key) {
  const auto* row = find_permission("signSigning");
  return row != nullptr && !key.disabled && !key.removed && may(key.role, row->operation);
}

std::string numbers(const pki::PersonRule& rule) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pki::kPersonActs; ++i)
    out.push_back(std::string(pki::name(static_cast<pki::PersonAct>(i))) + " " + std::to_string(rule.needed.at(i)));
  return comma_list(out);
}

}  // namespace

SignerService::SignerService(Changes& changes, const PlatformKeys& keys, SigningService& signings,
                             PolicyService& policies)
    : changes_(changes), keys_(keys), signings_(signings), policies_(policies) {
  signings_.set_hooks("persons", {[this](Change& change, const store::Signing& signing, const Actor& who) {
                                    return complete(change, signing, who);
                                  },
                                  {}});
}

Bytes SignerService::proof_octets(const std::string& account) {
  return pki::octets_to_sign("signing-key", bytes_of(account));
}

Result<store::SigningKey> SignerService::add(const std::string& label, ByteView spki, ByteView proof,
                                             const Principal& who, const std::string& trace) {
  KW_TRY(const auto key, crypto::Sm2PublicKey::from_spki(spki));
  KW_CHECK(key.verify(proof_octets(who.account), proof));
  return changes_.run([&](Change& change) -> Result<store::SigningKey> {
    auto& keys = change.repositories().signing_keys();
    KW_TRY(const auto all, keys.list());
    const auto mine = std::ranges::count_if(all, [&](const auto& k) { return k.owner == who.user && !k.removed; });
    if (static_cast<std::size_t>(mine) >= kMostKeysEach) return fail(Errc::wrong_state, "too many keys; remove one");
    store::SigningKey row;
    row.added = changes_.clock().now();
    row.id = store::SigningKeyId::make(row.added, changes_.random());
    row.owner = who.user;
    row.label = label;
    row.key_id = key.key_id();
    row.spki = key.spki();
    KW_CHECK(keys.insert(row));
    KW_CHECK(change.record({.type = "signing_key.added",
                            .actor = who.actor(trace),
                            .params = {{"key", to_hex(row.key_id)}, {"label", label}}}));
    return keys.get(row.id);
  });
}

Result<store::SigningKey> SignerService::remove(const store::SigningKeyId& id, const std::string& reason,
                                                const Principal& who, const std::string& trace, bool anybodys) {
  return changes_.run([&](Change& change) -> Result<store::SigningKey> {
    auto& keys = change.repositories().signing_keys();
    KW_TRY(const auto row, keys.get(id));
    if (row.owner != who.user && !anybodys) return fail(Errc::forbidden, "somebody else's key");
    KW_CHECK(keys.remove(id, changes_.clock().now()));
    KW_CHECK(change.record({.type = "signing_key.removed",
                            .actor = who.actor(trace),
                            .params = {{"key", to_hex(row.key_id)}, {"owner", row.account}, {"reason", reason}}}));
    return keys.get(id);
  });
}

Result<std::vector<store::SigningKey>> SignerService::keys() {
  return changes_.store().read([](auto& r) { return r.signing_keys().list(); });
}
Result<store::SigningKey> SignerService::get(const store::SigningKeyId& id) {
  return changes_.store().read([&](auto& r) { return r.signing_keys().get(id); });
}

Result<std::optional<SignerService::InForce>> SignerService::in_force() {
  return changes_.store().read([](store::Repositories& r) -> Result<std::optional<InForce>> {
    KW_TRY(auto rule, SigningService::rule(r));
    if (!rule) return std::optional<InForce>();
    KW_TRY(auto row, r.person_rules().latest());
    return std::optional(InForce{std::move(row), std::move(*rule)});
  });
}

Result<v1::PersonRule> SignerService::next_rule(store::Repositories& repositories, const RuleProposal& proposal) {
  KW_TRY(const auto before, SigningService::rule(repositories));
  v1::PersonRule out;
  out.set_version(1);
  out.set_revision(before ? before->revision + 1 : 1);
  if (before) out.set_previous(copy_text(before->digest));
  out.set_issued_ns(changes_.clock().now().unix_ns);
  for (const auto& id : proposal.keys) {
    KW_TRY(const auto key, repositories.signing_keys().get(id));
    if (!may_sign(key)) return fail(Errc::invalid, "/keys: " + key.account + " may not sign, or the key is removed");
    auto& one = *out.add_keys();
    one.set_account(key.account);
    one.set_spki(copy_text(key.spki));
  }
  const auto number = [&](pki::PersonAct act) { return proposal.needed.at(static_cast<std::size_t>(act)); };
  out.set_policy(number(pki::PersonAct::policy));
  out.set_baseline(number(pki::PersonAct::baseline));
  out.set_release(number(pki::PersonAct::release));
  out.set_action(number(pki::PersonAct::action));
  out.set_cut(number(pki::PersonAct::cut));
  out.set_uninstall(number(pki::PersonAct::uninstall));
  out.set_rule(number(pki::PersonAct::rule));
  return out;
}

Result<store::Signing> SignerService::propose(const RuleProposal& proposal, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Signing> {
    auto& r = change.repositories();
    KW_TRY(const auto waiting, r.signings().waiting_of_kind("persons"));
    if (waiting > 0) return fail(Errc::wrong_state, "another rule waits for signatures");
    KW_TRY(const auto wire, next_rule(r, proposal));
    const auto payload = schema::serialise(wire);
    const auto rule = pki::parse_person_rule(payload);
    if (!rule) return fail(Errc::invalid, "/needed: " + rule.error().detail());
    SigningDraft draft;
    draft.kind = "persons";
    draft.subject = std::to_string(rule->revision);
    draft.act = pki::PersonAct::rule;
    KW_TRY(draft.object, pki::sign_object("persons", payload, keys_.command_key()));
    draft.expires = changes_.clock().now() + SigningService::kValidity;
    std::vector<std::string> names;
    for (const auto& key : rule->keys) names.push_back(key.account);
    draft.words = {{"revision", draft.subject},
                   {"signers", comma_list(names)},
                   {"persons_needed", numbers(*rule)},
                   {"reason", proposal.reason}};
    KW_CHECK(change.record({.type = "persons.proposed", .actor = who, .params = draft.words}));
    return signings_.ask(change, std::move(draft), who);
  });
}

Result<> SignerService::complete(Change& change, const store::Signing& signing, const Actor& who) {
  KW_TRY(const auto object, signed_of(signing));
  KW_TRY(const auto rule, pki::parse_person_rule(bytes_of(object.payload())));
  store::PersonRuleRow row;
  row.revision = rule.revision;
  row.object = signing.object;
  row.digest = {rule.digest.begin(), rule.digest.end()};
  row.made = changes_.clock().now();
  row.made_by = who.person;
  KW_CHECK(change.repositories().person_rules().insert(row));
  KW_TRY(const auto signers, pki::signers_of(object, "persons", rule));
  KW_CHECK(change.record({.type = "persons.published",
                          .actor = who,
                          .params = {{"revision", std::to_string(row.revision)},
                                     {"digest", to_hex(row.digest)},
                                     {"signers", comma_list(signers)}}}));
  change.persons_changed();
  return policies_.renew(change, who);
}

}  // namespace kw::server
