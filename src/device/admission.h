#pragma once
// admit decides whether a peer with a valid certificate is the device it says it is, at the place it is bound to.
//
// PURE. TLCP and pki have already judged the certificate; the report's signature is verified by the caller against the
// certificate's key. A refused peer is never told why: the reason is for the ledger (audit_code).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/id.h"
#include "kioskward/v1/device.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

/// AdmissionRefusal in the order in which the checks are made: the first that fails is the answer.
enum class AdmissionRefusal {
  unknown_device,   // no device with the certificate's unique ID
  disabled_device,
  bad_report,       // signature, form, challenge, channel binding or device ID of the report
  wrong_ip,         // the peer's address, or the one it reports, is not the bound one
  wrong_mac,
  wrong_digest,     // hardware
};
[[nodiscard]] std::string_view name(AdmissionRefusal refusal) noexcept;
/// audit_code gives the event type of schemas/events/: "admission.refused.wrong_ip".
[[nodiscard]] std::string_view audit_code(AdmissionRefusal refusal) noexcept;
/// audit_code_of_certificate maps pki's refusal words ("unknown_ca", "expired", "not_yet_valid", "revoked",
/// "wrong_usage") to event types; every other word is "admission.refused.bad_certificate".
[[nodiscard]] std::string_view audit_code_of_certificate(std::string_view pki_refusal) noexcept;

/// Binding is what the platform agreed when the device was approved.
struct Binding {
  DeviceId device;
  std::string address;  // with or without a prefix length
  std::string mac;
  v1::HardwareDigest hardware;
  bool enabled = true;
};

/// AdmissionFacts is what this connection shows.
struct AdmissionFacts {
  DeviceId subject;                 // unique ID of the verified certificate
  std::string peer_address;         // as the socket tells it; "::ffff:a.b.c.d" equals "a.b.c.d"
  bool report_signature_valid = false;
  v1::AdmissionReport report;
  Bytes challenge;                  // what this connection sent
  Bytes channel_binding;            // what this connection's handshake gives
};

struct Admitted {
  DeviceId device;
  std::vector<std::string> hardware_added;  // new sources: worth an event, not a refusal
};
struct RefusedAdmission {
  AdmissionRefusal why = AdmissionRefusal::unknown_device;
  std::string bound;     // wrong_ip, wrong_mac
  std::string reported;  // wrong_ip, wrong_mac
  std::string detail;    // bad_report: "signature", "form", "challenge", "channel_binding", "device";
                         // wrong_digest: changed sources, comma-separated
};
using AdmissionDecision = std::variant<Admitted, RefusedAdmission>;

/// admit: `binding` is absent when no device has the certificate's unique ID.
[[nodiscard]] AdmissionDecision admit(const std::optional<Binding>& binding, const AdmissionFacts& facts);

}  // namespace kw::device
