#include "server/link/admission_desk.h"

#include "base/text.h"
#include "device/admission.h"
#include "device/liveness.h"
#include "pki/ca.h"
#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostReport = 65536;
constexpr std::size_t kMostVersion = 64;

Happening refusal(std::string type, const std::string& peer, std::map<std::string, std::string> params = {}) {
  Happening out;
  out.type = std::move(type);
  out.result = "refused";
  out.params = std::move(params);
  out.params["peer"] = peer;
  return out;
}

/// The parameters that each kind of certificate refusal carries in the event catalogue.
std::map<std::string, std::string> certificate_params(std::string_view type, pki::Refusal why,
                                                      const std::vector<Bytes>& list) {
  std::map<std::string, std::string> out;
  if (type == "admission.refused.bad_certificate") {
    out["reason"] = std::string(pki::name(why));
    return out;
  }
  if (list.empty()) return out;
  const auto certificate = crypto::Certificate::parse(list.front());
  if (!certificate) return out;
  out["subject"] = certificate->subject().text();
  if (why == pki::Refusal::revoked) out["serial"] = to_hex(certificate->serial());
  if (why == pki::Refusal::expired) out["not_after"] = to_rfc3339(certificate->not_after());
  return out;
}

std::map<std::string, std::string> report_params(const device::RefusedAdmission& refused,
                                                 const crypto::Certificate& certificate) {
  using enum device::AdmissionRefusal;
  switch (refused.why) {
    case unknown_device:
      return {{"subject", certificate.subject().text()}};
    case disabled_device:
      return {};
    case bad_report:
      return {{"reason", refused.detail}};
    case wrong_ip:
    case wrong_mac:
      return {{"bound", refused.bound}, {"reported", refused.reported}};
    case wrong_digest:
      return {{"changed", refused.detail}};
  }
  return {};
}

Result<std::optional<device::Binding>> binding_of(store::Repositories& repositories, const DeviceId& id) {
  auto stored = repositories.devices().get(id);
  if (!stored && stored.code() == Errc::not_found) return std::optional<device::Binding>{};
  if (!stored) return stored.error();
  KW_TRY(auto hardware, schema::parse<v1::HardwareDigest>(stored->hardware, kMostReport));
  return std::optional(
      device::Binding{stored->id, stored->address, stored->mac, std::move(hardware), !stored->disabled});
}

}  // namespace

Result<> AdmissionDesk::record(RefusalThrottle& throttle, const std::string& who, const Happening& happening) {
  if (!throttle.lets(who, happening.type)) return {};
  return changes_.run([&](Change& change) { return change.record(happening); });
}

Result<> AdmissionDesk::refused_handshake(const std::string& peer, const tlcp::FailureReport& why,
                                          const std::vector<Bytes>& list) {
  if (!why.refusal) return record(strangers_, peer, refusal("channel.refused", peer, {{"reason", why.text()}}));
  const std::string type(device::audit_code_of_certificate(pki::name(*why.refusal)));
  return record(strangers_, peer, refusal(type, peer, certificate_params(type, *why.refusal, list)));
}

Result<> AdmissionDesk::refuse_duplicate(const DeviceId& device, const std::string& peer,
                                         const std::string& other_peer) {
  auto happening = refusal("admission.refused.duplicate_session", peer, {{"other_peer", other_peer}});
  happening.device = device;
  return record(holders_, device.text(), happening);
}

Result<store::Device> AdmissionDesk::admit(const crypto::Certificate& certificate, const v1::Signed& report,
                                           const ConnectionFacts& facts) {
  device::AdmissionFacts shown;
  const auto subject = pki::device_of(certificate);
  if (subject) shown.subject = *subject;
  shown.peer_address = facts.peer;
  shown.challenge = facts.challenge;
  shown.channel_binding = facts.channel_binding;
  shown.report_signature_valid = pki::verify_object(report, "admission", certificate.public_key()).has_value();
  if (auto parsed = schema::parse<v1::AdmissionReport>(bytes_of(report.payload()), kMostReport))
    shown.report = std::move(*parsed);

  KW_TRY(const auto binding,
         changes_.store().read([&](store::Repositories& r) { return binding_of(r, shown.subject); }));
  const auto decision = device::admit(subject ? binding : std::nullopt, shown);
  if (const auto* refused = std::get_if<device::RefusedAdmission>(&decision)) {
    auto happening =
        refusal(std::string(device::audit_code(refused->why)), facts.peer, report_params(*refused, certificate));
    if (binding) happening.device = binding->device;
    KW_CHECK(record(holders_, certificate.subject().text(), happening));
    return fail(Errc::forbidden, std::string(device::name(refused->why)));
  }
  return changes_.run([&](Change& change) -> Result<store::Device> {
    KW_TRY(const auto before, change.repositories().devices().get(shown.subject));
    store::LiveUpdate update;
    update.online = true;
    update.state = shown.report.state();
    update.policy_revision = shown.report.policy_revision();
    update.policy_digest = copy(bytes_of(shown.report.policy_digest()));
    update.last_seen = changes_.clock().now();
    update.agent_version = clean_text(shown.report.agent_version(), kMostVersion);
    const auto key = bytes_of(shown.report.liveness_key());
    const auto fault = device::liveness_key_fault(before.liveness_key, key);
    if (before.liveness_key.empty() && !key.empty() && crypto::Sm2PublicKey::from_spki(key))
      update.liveness_key = copy(key);
    if (fault) {  // let in, so that its events arrive; shown as what it is
      update.state = v1::DEGRADED;
      KW_CHECK(change.record({.type = "agent.fake",
                              .result = "observed",
                              .device = before.id,
                              .params = {{"peer", facts.peer}, {"reason", std::string(*fault)}}}));
    }
    if (*update.policy_revision < before.policy_revision)  // a state of yesterday was put back; the newest goes out now
      KW_CHECK(change.record({.type = "policy.rolled_back",
                              .result = "observed",
                              .device = before.id,
                              .params = {{"revision", std::to_string(*update.policy_revision)},
                                         {"in_force", std::to_string(before.policy_revision)}}}));
    KW_CHECK(change.repositories().devices().update_live(before.id, update));
    if (change.watched() != nullptr) {
      KW_TRY(auto word, change.repositories().compliance().word(before.id));
      word.suite = facts.suite;
      word.admitted = *update.last_seen;
      KW_CHECK(change.repositories().compliance().put_word(before.id, word));
    }
    Happening granted;
    granted.type = "admission.granted";
    granted.device = before.id;
    granted.params = {{"peer", facts.peer}, {"suite", facts.suite}, {"agent_version", *update.agent_version}};
    KW_CHECK(change.record(granted));
    change.device_changed(before.id);
    return before;
  });
}

}  // namespace kw::server
