#include "tlcp/failure.h"

namespace kw::tlcp {

std::string_view name(Alert alert) noexcept {
  switch (alert) {
    case Alert::close_notify: return "close_notify";
    case Alert::unexpected_message: return "unexpected_message";
    case Alert::bad_record_mac: return "bad_record_mac";
    case Alert::record_overflow: return "record_overflow";
    case Alert::handshake_failure: return "handshake_failure";
    case Alert::bad_certificate: return "bad_certificate";
    case Alert::illegal_parameter: return "illegal_parameter";
    case Alert::decode_error: return "decode_error";
    case Alert::decrypt_error: return "decrypt_error";
    case Alert::protocol_version: return "protocol_version";
    case Alert::internal_error: return "internal_error";
    case Alert::user_canceled: return "user_canceled";
    case Alert::unsupported_extension: return "unsupported_extension";
  }
  return "unknown";
}

std::string_view name(Failure failure) noexcept {
  switch (failure) {
    case Failure::malformed_record: return "malformed_record";
    case Failure::record_too_large: return "record_too_large";
    case Failure::wrong_version: return "wrong_version";
    case Failure::malformed_message: return "malformed_message";
    case Failure::message_too_large: return "message_too_large";
    case Failure::unexpected_message: return "unexpected_message";
    case Failure::no_common_suite: return "no_common_suite";
    case Failure::illegal_parameter: return "illegal_parameter";
    case Failure::unsolicited_extension: return "unsolicited_extension";
    case Failure::bad_record_mac: return "bad_record_mac";
    case Failure::bad_finished: return "bad_finished";
    case Failure::bad_peer_signature: return "bad_peer_signature";
    case Failure::certificate_refused: return "certificate_refused";
    case Failure::certificate_missing: return "certificate_missing";
    case Failure::wrong_name: return "wrong_name";
    case Failure::too_many_empty: return "too_many_empty";
    case Failure::peer_alert: return "peer_alert";
    case Failure::truncated: return "truncated";
    case Failure::crypto_failed: return "crypto_failed";
  }
  return "unknown";
}

std::optional<Alert> alert_for(Failure failure) noexcept {
  switch (failure) {
    case Failure::malformed_record:
    case Failure::unexpected_message:
    case Failure::too_many_empty: return Alert::unexpected_message;
    case Failure::record_too_large: return Alert::record_overflow;
    case Failure::wrong_version: return Alert::protocol_version;
    case Failure::malformed_message:
    case Failure::message_too_large: return Alert::decode_error;
    case Failure::no_common_suite: return Alert::handshake_failure;
    case Failure::illegal_parameter: return Alert::illegal_parameter;
    case Failure::unsolicited_extension: return Alert::unsupported_extension;
    case Failure::bad_record_mac: return Alert::bad_record_mac;
    case Failure::bad_finished: return Alert::decrypt_error;
    case Failure::bad_peer_signature:
    case Failure::certificate_refused:
    case Failure::certificate_missing:
    case Failure::wrong_name: return Alert::bad_certificate;
    case Failure::crypto_failed: return Alert::internal_error;
    case Failure::peer_alert:
    case Failure::truncated: return std::nullopt;
  }
  return Alert::internal_error;
}

Errc code_for(Failure failure) noexcept {
  switch (failure) {
    case Failure::malformed_record:
    case Failure::malformed_message:
    case Failure::unexpected_message:
    case Failure::illegal_parameter:
    case Failure::unsolicited_extension:
    case Failure::too_many_empty: return Errc::malformed;
    case Failure::record_too_large:
    case Failure::message_too_large: return Errc::too_large;
    case Failure::wrong_version:
    case Failure::no_common_suite: return Errc::unsupported;
    case Failure::bad_record_mac:
    case Failure::bad_finished: return Errc::decrypt_failed;
    case Failure::bad_peer_signature: return Errc::bad_signature;
    case Failure::certificate_refused:
    case Failure::certificate_missing:
    case Failure::wrong_name: return Errc::untrusted;
    case Failure::peer_alert: return Errc::closed;
    case Failure::truncated: return Errc::truncated;
    case Failure::crypto_failed: return Errc::crypto_failed;
  }
  return Errc::internal;
}

std::string FailureReport::text() const {
  std::string out(name(failure));
  if (refusal) out.append(": ").append(pki::name(*refusal));
  if (peer_alert) {
    out.append(": ").append(name(*peer_alert));
    out.append(" (").append(std::to_string(static_cast<unsigned>(*peer_alert))).append(")");
  }
  return out;
}

}  // namespace kw::tlcp
