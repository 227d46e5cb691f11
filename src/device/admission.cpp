#include "device/admission.h"

#include "base/text.h"
#include "crypto/sm3.h"
#include "device/address_text.h"
#include "device/hardware.h"

namespace kw::device {
namespace {

RefusedAdmission refused(AdmissionRefusal why, std::string detail = {}) { return {why, {}, {}, std::move(detail)}; }

constexpr std::size_t kLongestBootId = 128;

bool has_form(const v1::AdmissionReport& report) {
  return report.version() == 1 && report.has_hardware() && check_digest(report.hardware()) &&
         (report.policy_digest().empty() || report.policy_digest().size() == 32) &&
         v1::DeviceState_IsValid(report.state()) && report.boot_id().size() <= kLongestBootId;
}

/// What is wrong with the report itself; empty when nothing is.
std::string_view report_fault(const Binding& binding, const AdmissionFacts& facts) {
  const auto& report = facts.report;
  if (!facts.report_signature_valid) return "signature";
  if (!has_form(report)) return "form";
  if (facts.challenge.empty() || !crypto::equal_secret(bytes_of(report.challenge()), facts.challenge)) return "challenge";
  if (facts.channel_binding.empty() || !crypto::equal_secret(bytes_of(report.channel_binding()), facts.channel_binding))
    return "channel_binding";
  if (!equal(bytes_of(report.device_id()), binding.device.bytes())) return "device";
  return {};
}

}  // namespace

std::string_view name(AdmissionRefusal refusal) noexcept { return audit_code(refusal).substr(std::string_view("admission.refused.").size()); }

std::string_view audit_code(AdmissionRefusal refusal) noexcept {
  switch (refusal) {
    case AdmissionRefusal::unknown_device: return "admission.refused.unknown_device";
    case AdmissionRefusal::disabled_device: return "admission.refused.disabled_device";
    case AdmissionRefusal::bad_report: return "admission.refused.bad_report";
    case AdmissionRefusal::wrong_ip: return "admission.refused.wrong_ip";
    case AdmissionRefusal::wrong_mac: return "admission.refused.wrong_mac";
    case AdmissionRefusal::wrong_digest: return "admission.refused.wrong_digest";
  }
  return "admission.refused.bad_report";
}

std::string_view audit_code_of_certificate(std::string_view word) noexcept {
  if (word == "unknown_ca") return "admission.refused.unknown_ca";
  if (word == "expired") return "admission.refused.expired";
  if (word == "not_yet_valid") return "admission.refused.not_yet_valid";
  if (word == "revoked") return "admission.refused.revoked";
  if (word == "wrong_usage") return "admission.refused.wrong_usage";
  return "admission.refused.bad_certificate";
}

AdmissionDecision admit(const std::optional<Binding>& binding, const AdmissionFacts& facts) {
  if (!binding || binding->device.is_nil() || binding->device != facts.subject) return refused(AdmissionRefusal::unknown_device);
  if (!binding->enabled) return refused(AdmissionRefusal::disabled_device);
  if (const auto fault = report_fault(*binding, facts); !fault.empty())
    return refused(AdmissionRefusal::bad_report, std::string(fault));
  const auto bound_ip = host_of(binding->address);
  for (const auto& told : {facts.peer_address, facts.report.address()})
    if (host_of(told) != bound_ip) return RefusedAdmission{AdmissionRefusal::wrong_ip, bound_ip, host_of(told), {}};
  if (lower(facts.report.mac()) != lower(binding->mac))
    return RefusedAdmission{AdmissionRefusal::wrong_mac, lower(binding->mac), lower(facts.report.mac()), {}};
  const auto changes = compare(binding->hardware, facts.report.hardware());
  if (!changes.changed.empty()) {
    HardwareChanges only;
    only.changed = changes.changed;
    return refused(AdmissionRefusal::wrong_digest, only.text());
  }
  return Admitted{binding->device, changes.added};
}

}  // namespace kw::device
