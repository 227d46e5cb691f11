#pragma once
// Failure says why a TLCP connection ended badly; Alert is the little of it that the peer is told.
//
// Everything that concerns who the peer is (certificate refused, missing, wrong name, false signature) goes out as the
// one alert bad_certificate, so that a refused peer learns nothing (docs/adr/0020-tlcp-engine.md).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errc.h"
#include "pki/verify.h"

namespace kw::tlcp {

/// Alert descriptions of GB/T 38636-2020 section 6.4.3; the ones spoken here. Others may be received.
enum class Alert : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  handshake_failure = 40,
  bad_certificate = 42,
  illegal_parameter = 47,
  decode_error = 50,
  decrypt_error = 51,
  protocol_version = 70,
  internal_error = 80,
  user_canceled = 90,
  unsupported_extension = 110,
};
/// name gives the standard's word; "unknown" for values that have none.
[[nodiscard]] std::string_view name(Alert alert) noexcept;

enum class Failure : std::uint8_t {
  malformed_record,      // not a TLCP record: wrong content type, or a length that cannot be
  record_too_large,
  wrong_version,         // record, hello or ClientHello of TLS
  malformed_message,
  message_too_large,     // one message or the whole handshake above its bound
  unexpected_message,    // not in its place; renegotiation too
  no_common_suite,
  illegal_parameter,     // the peer chose what was not offered
  unsolicited_extension,
  bad_record_mac,        // a record that does not open, whatever the cause
  bad_finished,
  bad_peer_signature,    // ServerKeyExchange or CertificateVerify
  certificate_refused,   // refusal says why
  certificate_missing,   // required, and an empty list came
  wrong_name,            // the certificate is good and somebody else's
  too_many_empty,        // empty records or warnings without end
  peer_alert,            // a fatal alert came; alert says which
  truncated,             // the transport ended without close_notify
  crypto_failed,         // our own key or library refused
};
[[nodiscard]] std::string_view name(Failure failure) noexcept;
/// alert_for is what the peer is told; nullopt where nothing is sent.
[[nodiscard]] std::optional<Alert> alert_for(Failure failure) noexcept;
[[nodiscard]] Errc code_for(Failure failure) noexcept;

struct FailureReport {
  Failure failure{};
  std::optional<pki::Refusal> refusal;   // with certificate_refused
  std::optional<Alert> peer_alert;       // with peer_alert
  /// text is one line for an operator, "certificate_refused: expired".
  [[nodiscard]] std::string text() const;
};

}  // namespace kw::tlcp
