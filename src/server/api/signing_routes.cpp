// Keys of persons, the rule that kiosks hold, and what waits for signatures (ADR 81). Octets are hex.
#include "schema/codec.h"
#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct SigningKeyView {
  std::string id, account, role, label, key, added, removed;
  bool mine, in_rule, disabled;
};
BOOST_DESCRIBE_STRUCT(SigningKeyView, (), (id, account, role, label, key, added, removed, mine, in_rule, disabled))
struct SigningKeysView {
  std::vector<SigningKeyView> items;
};
BOOST_DESCRIBE_STRUCT(SigningKeysView, (), (items))
struct RuleKeyView {
  std::string account, key;
};
BOOST_DESCRIBE_STRUCT(RuleKeyView, (), (account, key))
struct PersonRuleView {
  std::uint64_t revision;  // 0: none is in force, and the platform's key commands alone
  std::string digest, made, made_by;
  std::vector<RuleKeyView> keys;
  PersonNumbers needed;
};
BOOST_DESCRIBE_STRUCT(PersonRuleView, (), (revision, digest, made, made_by, keys, needed))
struct SigningDetailView {
  SigningView info;
  std::vector<std::string> signers;
  std::string octets, payload, common, object;
};
BOOST_DESCRIBE_STRUCT(SigningDetailView, (), (info, signers, octets, payload, common, object))

constexpr std::size_t kMostHex = 2048;

Result<Bytes> octets_of(std::string_view pointer, const std::string& hex) {
  if (hex.size() > kMostHex) return fail(Errc::invalid, std::string(pointer) + ": too long");
  auto out = from_hex(hex);
  if (!out) return fail(Errc::invalid, std::string(pointer) + ": hex digits expected");
  return std::move(*out);
}

PersonNumbers numbers_of(const std::array<std::uint32_t, pki::kPersonActs>& needed) {
  return {needed[0], needed[1], needed[2], needed[3], needed[4], needed[5], needed[6]};
}

Result<RuleProposal> proposal_of(const PersonRuleNew& body) {
  RuleProposal out;
  out.reason = body.reason;
  for (const auto& text : body.keys) {
    const auto id = store::SigningKeyId::parse(text);
    if (!id) return fail(Errc::invalid, "/keys: IDs expected");
    out.keys.push_back(*id);
  }
  const auto& n = body.needed;
  const std::array<std::uint64_t, pki::kPersonActs> wanted{n.policy, n.baseline,  n.release, n.action,
                                                           n.cut,    n.uninstall, n.rule};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted.at(i) > pki::kMostPersonsNeeded)
      return fail(Errc::invalid, "/needed: at most " + std::to_string(pki::kMostPersonsNeeded));
    out.needed.at(i) = static_cast<std::uint32_t>(wanted.at(i));
  }
  return out;
}

SigningKeyView view_key(const store::SigningKey& key, const Principal& who,
                        const std::optional<SignerService::InForce>& rule) {
  const bool in_rule = rule && std::ranges::any_of(rule->rule.keys, [&](const auto& one) {
                         return equal(one.key.key_id(), key.key_id);
                       });
  return {
      key.id.text(),          key.account,           key.role, key.label,   to_hex(key.key_id), to_rfc3339(key.added),
      time_text(key.removed), key.owner == who.user, in_rule,  key.disabled};
}

PersonRuleView view_rule(const std::optional<SignerService::InForce>& in_force) {
  PersonRuleView out{};
  if (!in_force) return out;
  out.revision = in_force->rule.revision;
  out.digest = to_hex(in_force->row.digest);
  out.made = to_rfc3339(in_force->row.made);
  out.made_by = in_force->row.made_by;
  for (const auto& key : in_force->rule.keys) out.keys.push_back({key.account, to_hex(key.key.key_id())});
  out.needed = numbers_of(in_force->rule.needed);
  return out;
}

/// signing_in_reach: what concerns a kiosk out of the caller's scope is not found; what concerns none is everybody's.
Result<store::Signing> signing_in_reach(const ApiServices& s, const Call& call) {
  KW_TRY(const auto id, call.id<store::SigningId>());
  KW_TRY(auto out, s.signings.get(id));
  if (out.device.is_nil()) return out;
  KW_TRY(const bool holds, s.changes.store().read([&](auto& r) {
    return r.regions().holds(call.who.scope, store::Placed::device, out.device.bytes());
  }));
  if (!holds) return fail(Errc::not_found, "signing");
  return out;
}

Result<Answer> detail_of(const ApiServices& s, const store::Signing& signing) {
  KW_TRY(const auto signers, s.signings.signers(signing));
  KW_TRY(const auto object, signed_of(signing));
  SigningDetailView out;
  out.info = server::view(signing, s.changes.clock().now());
  out.signers = {signers.begin(), signers.end()};
  out.octets = to_hex(pki::octets_to_sign(object.kind(), bytes_of(object.payload())));
  out.payload = to_hex(bytes_of(object.payload()));
  if (signing.kind == "policy") {
    KW_TRY(const auto approval, schema::parse<v1::PolicyApproval>(bytes_of(object.payload()), kMostHex));
    KW_TRY(const auto policy, s.policies.get(approval.revision()));
    out.common = to_hex(policy.common);
  }
  if (signing.state == store::SigningState::complete) out.object = to_hex(signing.object);
  return ok(out);
}

void add_key_routes(Api& api, const ApiServices& s) {
  auto& signers = s.signers;
  api.add("GET", "/signing-keys", "listSigningKeys", [&signers](const Call& call) -> Result<Answer> {
    KW_TRY(const auto keys, signers.keys());
    KW_TRY(const auto rule, signers.in_force());
    SigningKeysView out;
    for (const auto& key : keys) out.items.push_back(view_key(key, call.who, rule));
    return ok(out);
  });
  api.add("POST", "/signing-keys", "addSigningKey", [&signers](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<SigningKeyNew>());
    KW_CHECK(check_text("/label", body.label, 1, 64));
    KW_TRY(const auto spki, octets_of("/spki", body.spki));
    KW_TRY(const auto proof, octets_of("/proof", body.proof));
    KW_TRY(const auto key, signers.add(body.label, spki, proof, call.who, call.request.trace));
    return ok(view_key(key, call.who, {}), 201);
  });
  const auto end = [&signers](bool anybodys) {
    return [&signers, anybodys](const Call& call) -> Result<Answer> {
      KW_TRY(const auto id, call.id<store::SigningKeyId>());
      KW_TRY(const auto reason, reason_of(call));
      KW_TRY(const auto key, signers.remove(id, reason, call.who, call.request.trace, anybodys));
      KW_TRY(const auto rule, signers.in_force());
      return ok(view_key(key, call.who, rule));
    };
  };
  api.add("POST", "/signing-keys/{id}/remove", "removeSigningKey", end(false));
  api.add("POST", "/signing-keys/{id}/revoke", "revokeSigningKey", end(true));
  api.add("GET", "/person-rule", "getPersonRule", [&signers](const Call&) -> Result<Answer> {
    KW_TRY(const auto rule, signers.in_force());
    return ok(view_rule(rule));
  });
  api.add("POST", "/person-rule", "proposePersonRule",
          [&signers, &changes = s.changes](const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<PersonRuleNew>());
            KW_CHECK(check_text("/reason", body.reason, 1, 200));
            KW_TRY(const auto proposal, proposal_of(body));
            KW_TRY(const auto signing, signers.propose(proposal, call.actor()));
            return ok(server::view(signing, changes.clock().now()), 202);
          });
}

}  // namespace

void add_signing_routes(Api& api, const ApiServices& s) {
  add_key_routes(api, s);
  api.add("GET", "/signings", "listSignings",
          [&signings = s.signings, &changes = s.changes](const Call& call) -> Result<Answer> {
            KW_CHECK(call.only({"state"}));
            store::SigningQuery query;
            query.scope = call.who.scope;
            KW_TRY(const auto state, call.query("state", 16));
            query.state = store::parse_signing_state(state);
            if (!state.empty() && !query.state) return fail(Errc::invalid, "state: unknown");
            KW_TRY(const auto list, signings.page(query));
            return ok(ItemsView<SigningView>{views(list, changes.clock().now())});
          });
  api.add("GET", "/signings/{id}", "getSigning", [s](const Call& call) -> Result<Answer> {
    KW_TRY(const auto signing, signing_in_reach(s, call));
    return detail_of(s, signing);
  });
  api.add("POST", "/signings/{id}/signatures", "signSigning", [s](const Call& call) -> Result<Answer> {
    KW_TRY(const auto signing, signing_in_reach(s, call));
    KW_TRY(const auto body, call.body<SignatureNew>());
    KW_TRY(const auto key, octets_of("/key", body.key));
    KW_TRY(const auto signature, octets_of("/signature", body.signature));
    KW_TRY(const auto now, s.signings.sign(signing.id, key, signature, call.who, call.request.trace));
    return detail_of(s, now);
  });
  api.add("POST", "/signings/{id}/withdraw", "withdrawSigning", [s](const Call& call) -> Result<Answer> {
    KW_TRY(const auto signing, signing_in_reach(s, call));
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto now, s.signings.withdraw(signing.id, reason, call.who, call.request.trace));
    return detail_of(s, now);
  });
}

}  // namespace kw::server
