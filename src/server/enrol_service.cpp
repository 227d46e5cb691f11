#include "server/enrol_service.h"

#include "crypto/sm3.h"
#include "kioskward/v1/link.pb.h"
#include "pki/enveloped_key.h"
#include "policy/address.h"
#include "schema/codec.h"
#include "server/token_hash.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostRuleObject = 1U << 20;

Result<std::string> checked_address(const std::string& text) {
  auto prefix = policy::parse_prefix(text);
  if (!prefix || text.find('/') == std::string::npos)
    return fail(Errc::invalid, "/address: address with prefix length");
  if (policy::is_multicast(*prefix) || policy::is_loopback(*prefix) || policy::is_broadcast(*prefix)) {
    return fail(Errc::invalid, "/address: not a host's address");
  }
  return prefix->with_length();
}

}  // namespace

Result<std::vector<store::Site>> EnrolService::list_sites(const store::Scope& scope) {
  return changes_.store().read([&](auto& r) { return r.sites().list(scope); });
}

Result<store::Site> EnrolService::create_site(store::Site site, const Actor& who) {
  site.created = changes_.clock().now();
  site.id = SiteId::make(site.created, changes_.random());
  const auto stored = changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().sites().insert(site));
    return change.record(
        {.type = "site.created", .actor = who, .params = {{"site", site.id.text()}, {"name", site.name}}});
  });
  KW_CHECK(stored);
  return changes_.store().read([&](auto& r) { return r.sites().get(site.id); });
}

Result<std::vector<store::EnrolToken>> EnrolService::list_tokens(const store::Scope& scope) {
  return changes_.store().read([&](auto& r) { return r.tokens().list(scope); });
}

Result<TokenCreated> EnrolService::create_token(const SiteId& site, std::uint64_t valid_minutes,
                                                const std::string& note, const Actor& who) {
  TokenCreated out;
  out.text = "kw-" + to_base32(changes_.random().bytes(20));
  auto& token = out.token;
  token.created = changes_.clock().now();
  token.id = store::TokenId::make(token.created, changes_.random());
  token.site = site;
  token.secret_hash = token_hash(out.text);
  token.note = note;
  token.expires = token.created + std::chrono::minutes(valid_minutes);
  const auto stored = changes_.run([&](Change& change) -> Result<> {
    if (auto known = change.repositories().sites().get(site); !known) {
      return known.code() == Errc::not_found ? fail(Errc::invalid, "/site: unknown")
                                             : fail(known.code(), known.error().detail());
    }
    KW_CHECK(change.repositories().tokens().insert(token));
    return change.record(
        {.type = "enrol.token.created",
         .actor = who,
         .params = {{"token_id", token.id.text()}, {"site", site.text()}, {"expires", to_rfc3339(token.expires)}}});
  });
  KW_CHECK(stored);
  return out;
}

Result<std::vector<store::Enrolment>> EnrolService::list(std::optional<store::EnrolmentState> state,
                                                         const store::Scope& scope) {
  return changes_.store().read([&](auto& r) { return r.enrolments().list(state, scope); });
}

Result<store::Device> EnrolService::bind(Change& change, const store::Enrolment& enrolment,
                                         const BindingInput& binding) {
  const auto now = changes_.clock().now();
  store::Device device;
  device.id = DeviceId::make(now, changes_.random());
  device.name = binding.name;
  device.site = binding.site;
  KW_TRY(device.address, checked_address(binding.address));
  if (!binding.gateway.empty()) {
    auto gateway = policy::parse_address(binding.gateway);
    if (!gateway) return fail(Errc::invalid, "/gateway: address");
    device.gateway = gateway->host();
  }
  auto mac = policy::parse_mac(binding.mac);
  if (!mac) return fail(Errc::invalid, "/mac: six octets with colons");
  device.mac = *mac;
  device.interface = enrolment.interface;
  device.custodian = binding.custodian;
  device.custodian_phone = binding.custodian_phone;
  device.hardware = enrolment.hardware;
  device.tpm = enrolment.tpm;
  device.agent_version = enrolment.agent_version;
  device.created = now;
  if (auto site = change.repositories().sites().get(binding.site); !site) {
    if (site.code() == Errc::not_found) return fail(Errc::invalid, "/site: unknown");
    return site.error();
  }
  KW_CHECK(change.repositories().devices().insert(device));
  return device;
}

Result<store::Enrolment> EnrolService::approve(const EnrolmentId& id, const BindingInput& binding, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Enrolment> {
    auto& r = change.repositories();
    KW_TRY(auto enrolment, r.enrolments().get(id));
    if (enrolment.state != store::EnrolmentState::pending) return fail(Errc::conflict, "decided already");
    KW_TRY(auto csr, crypto::CertificateRequest::parse(enrolment.pkcs10));
    KW_TRY(auto device, bind(change, enrolment, binding));
    KW_CHECK(change.record({.type = "enrol.approved",
                            .actor = who,
                            .device = device.id,
                            .params = {{"enrolment", id.text()},
                                       {"device", device.id.text()},
                                       {"address", device.address},
                                       {"mac", device.mac},
                                       {"site", device.site.text()},
                                       {"custodian", device.custodian}}}));
    KW_TRY(auto pair, ca_.issue(change, csr, device.id, who));
    KW_TRY(auto enveloped, pki::seal_enveloped_key(pair.encryption_key, csr.public_key(), changes_.random()));
    v1::EnrolReply reply;
    reply.set_state(v1::APPROVED);
    reply.set_enrolment_id(copy_text(id.bytes()));
    reply.set_device_id(copy_text(device.id.bytes()));
    reply.set_signing_certificate(copy_text(pair.signing.der()));
    reply.set_encryption_certificate(copy_text(pair.encryption.der()));
    reply.set_enveloped_key(copy_text(enveloped));
    reply.add_ca_chain(copy_text(keys_.authority().certificate().der()));
    *reply.mutable_command_rule() = keys_.command_rule();
    reply.set_ledger_key(copy_text(keys_.ledger_key().public_key().spki()));
    if (const auto rule = r.person_rules().latest()) {
      KW_TRY(*reply.mutable_persons(), schema::parse<v1::Signed>(rule->object, kMostRuleObject));
    } else if (rule.code() != Errc::not_found) {
      return rule.error();
    }
    KW_TRY(auto bundle, policies_.make_bundle(change, device));
    if (bundle) *reply.mutable_policy() = std::move(*bundle);
    KW_CHECK(r.enrolments().decide(id, store::EnrolmentState::approved, device.id, "", schema::serialise(reply)));
    change.enrolment_changed(id);
    change.device_changed(device.id);
    return r.enrolments().get(id);
  });
}

Result<store::Enrolment> EnrolService::reject(const EnrolmentId& id, const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Enrolment> {
    auto& r = change.repositories();
    v1::EnrolReply reply;
    reply.set_state(v1::REJECTED);
    reply.set_enrolment_id(copy_text(id.bytes()));
    KW_CHECK(r.enrolments().decide(id, store::EnrolmentState::rejected, {}, reason, schema::serialise(reply)));
    KW_CHECK(change.record(
        {.type = "enrol.rejected", .actor = who, .params = {{"enrolment", id.text()}, {"reason", reason}}}));
    change.enrolment_changed(id);
    return r.enrolments().get(id);
  });
}

}  // namespace kw::server
