#include "server/signing_service.h"

#include "base/comma_list.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostSigningObject = 2U << 20;

std::map<std::string, std::string> signing_params(const store::Signing& signing) {
  return {{"signing", signing.id.text()}, {"kind", signing.kind}, {"subject", signing.subject}};
}

Result<> record(Change& change, const store::Signing& signing, std::string_view what, const Actor& who,
                std::map<std::string, std::string> more) {
  more.merge(signing_params(signing));
  change.signing_changed(signing.id);
  return change.record(
      {.type = "signing." + std::string(what), .actor = who, .device = signing.device, .params = std::move(more)});
}

}  // namespace

Result<v1::Signed> signed_of(const store::Signing& signing) {
  return schema::parse<v1::Signed>(signing.object, kMostSigningObject);
}

Result<std::optional<pki::PersonRule>> SigningService::rule(store::Repositories& repositories) {
  const auto row = repositories.person_rules().latest();
  if (!row && row.code() == Errc::not_found) return std::optional<pki::PersonRule>();
  if (!row) return row.error();
  KW_TRY(const auto object, schema::parse<v1::Signed>(row->object, kMostSigningObject));
  KW_TRY(auto out, pki::parse_person_rule(bytes_of(object.payload())));
  return std::optional(std::move(out));
}

Result<std::uint32_t> SigningService::needed(store::Repositories& repositories, pki::PersonAct act) {
  KW_TRY(const auto in_force, rule(repositories));
  return in_force ? in_force->needed_for(act) : 0U;
}

Result<pki::PersonRule> SigningService::counting_rule(store::Repositories& repositories,
                                                      const store::Signing& signing) {
  KW_TRY(auto in_force, rule(repositories));
  if (in_force) return std::move(*in_force);
  // The first rule is signed by persons of its own: they show that they hold their keys.
  if (signing.kind != "persons") return fail(Errc::internal, "a signing without a rule");
  KW_TRY(const auto object, signed_of(signing));
  return pki::parse_person_rule(bytes_of(object.payload()));
}

Result<store::Signing> SigningService::ask(Change& change, SigningDraft draft, const Actor& who) {
  store::Signing row;
  row.asked = changes_.clock().now();
  row.id = store::SigningId::make(row.asked, changes_.random());
  row.kind = std::move(draft.kind);
  row.subject = std::move(draft.subject);
  row.device = draft.device;
  row.act = pki::name(draft.act);
  row.must = std::move(draft.must);
  row.object = schema::serialise(draft.object);
  row.words = std::move(draft.words);
  row.asked_by = who.person;
  row.expires = draft.expires;
  KW_TRY(const auto counting, counting_rule(change.repositories(), row));
  row.needed = counting.needed_for(draft.act);
  KW_CHECK(change.repositories().signings().insert(row));
  KW_CHECK(record(change, row, "asked", who, {{"persons_needed", std::to_string(row.needed)}}));
  return change.repositories().signings().get(row.id);
}

Result<store::Signing> SigningService::sign(const store::SigningId& id, ByteView key_id, ByteView signature,
                                            const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Signing> {
    auto& r = change.repositories();
    KW_TRY(auto row, r.signings().get(id));
    if (row.state != store::SigningState::waiting) return fail(Errc::wrong_state, std::string(name(row.state)));
    if (row.expires <= changes_.clock().now()) return fail(Errc::wrong_state, "lapsed");
    KW_TRY(const auto rule, counting_rule(r, row));
    const auto key = std::ranges::find_if(
        rule.keys, [&](const auto& one) { return one.account == who.account && equal(one.key.key_id(), key_id); });
    if (key == rule.keys.end()) return fail(Errc::forbidden, "this key is not yours, or not in the rule");
    KW_TRY(auto object, signed_of(row));
    KW_CHECK(pki::attach_signature(object, key->key, signature));
    row.object = schema::serialise(object);
    KW_TRY(const auto signers, pki::signers_of(object, object.kind(), rule));
    KW_CHECK(record(change, row, "signed", who.actor(trace),
                    {{"key", to_hex(key_id)},
                     {"count", std::to_string(signers.size())},
                     {"persons_needed", std::to_string(row.needed)}}));
    const bool complete = signers.size() >= row.needed && (row.must.empty() || signers.contains(row.must));
    if (complete) {
      row.state = store::SigningState::complete;
      row.decided = changes_.clock().now();
      row.decided_by = who.account;
    }
    KW_CHECK(r.signings().update(row));
    if (!complete) return row;
    KW_CHECK(record(change, row, "complete", who.actor(trace), {{"signers", comma_list(signers)}}));
    if (const auto hooks = hooks_.find(row.kind); hooks != hooks_.end() && hooks->second.complete)
      KW_CHECK(hooks->second.complete(change, row, who.actor(trace)));
    return row;
  });
}

Result<> SigningService::drop(Change& change, store::Signing row, store::SigningState state, const std::string& reason,
                              const Actor& who) {
  row.state = state;
  row.decided = changes_.clock().now();
  row.decided_by = who.person;
  row.decision = reason;
  KW_CHECK(change.repositories().signings().update(row));
  const bool withdrawn = state == store::SigningState::withdrawn;
  KW_CHECK(record(
      change, row, withdrawn ? "withdrawn" : "lapsed", who,
      withdrawn ? std::map<std::string, std::string>{{"reason", reason}} : std::map<std::string, std::string>{}));
  const auto hooks = hooks_.find(row.kind);
  return hooks != hooks_.end() && hooks->second.dropped ? hooks->second.dropped(change, row, who) : Result<>();
}

Result<store::Signing> SigningService::withdraw(const store::SigningId& id, const std::string& reason,
                                                const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Signing> {
    KW_TRY(auto row, change.repositories().signings().get(id));
    if (row.state != store::SigningState::waiting) return fail(Errc::wrong_state, std::string(name(row.state)));
    KW_CHECK(drop(change, row, store::SigningState::withdrawn, reason, who.actor(trace)));
    return change.repositories().signings().get(id);
  });
}

Result<std::vector<store::Signing>> SigningService::page(const store::SigningQuery& query) {
  return changes_.store().read([&](auto& r) { return r.signings().page(query); });
}
Result<store::Signing> SigningService::get(const store::SigningId& id) {
  return changes_.store().read([&](auto& r) { return r.signings().get(id); });
}

Result<std::set<std::string>> SigningService::signers(const store::Signing& signing) {
  return changes_.store().read([&](store::Repositories& r) -> Result<std::set<std::string>> {
    KW_TRY(const auto keys, r.signing_keys().list());
    KW_TRY(const auto object, signed_of(signing));
    std::set<std::string> out;
    for (const auto& signature : object.signatures())
      for (const auto& key : keys)
        if (equal(key.key_id, bytes_of(signature.key_id()))) out.insert(key.account);
    return out;
  });
}

Result<> SigningService::tick() {
  const auto now = changes_.clock().now();
  KW_TRY(const auto old, changes_.store().read([&](auto& r) { return r.signings().lapsed(now); }));
  for (const auto& row : old) {
    const auto done =
        changes_.run([&](Change& change) { return drop(change, row, store::SigningState::lapsed, "lapsed", {}); });
    if (!done && done.code() != Errc::conflict) return done;  // signed or withdrawn meanwhile
  }
  return {};
}

}  // namespace kw::server
