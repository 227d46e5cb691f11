#pragma once
// Errc names every way an operation of the platform can fail, as one flat vocabulary.
//
// An Errc says what kind of thing went wrong and is stable: it appears in logs, on the API and in exit codes.
// Domain refusals that carry meaning of their own (admission, policy, ledger verdicts) are separate enums of
// their libraries; they are values, not errors.
#include <cstdint>
#include <string_view>

namespace kw {

enum class Errc : std::uint16_t {
  // Input that does not have the promised form.
  truncated,         // ended before the announced length
  malformed,         // wrong structure, encoding or range
  too_large,         // above the bound agreed for this input
  unsupported,       // well-formed, but a version or option that is not spoken here
  trailing_data,     // bytes after the end of a complete object
  // Cryptography. Every failed decryption is `decrypt_failed`; nothing tells why.
  decrypt_failed,
  bad_signature,
  bad_key,
  crypto_failed,     // the library refused an operation that should have worked
  // Certificates and peers.
  untrusted,
  expired,
  not_yet_valid,
  revoked,
  wrong_usage,
  // State and access.
  not_found,
  already_exists,
  conflict,          // state moved under the caller; read again
  wrong_state,       // the operation is not allowed in the present state
  unauthenticated,
  forbidden,
  rate_limited,
  invalid,           // a value refused by validation, reasons in the detail
  // The world outside.
  io,
  no_space,
  timeout,
  cancelled,
  closed,            // the peer or the stream ended
  unavailable,       // a needed part is not there now; trying later may work
  not_permitted,     // the operating system refused for lack of privilege
  corrupt,           // stored data fails its own check
  internal,          // a defect of this program
};

/// name returns the stable snake_case word of an error code, as logs and the API show it.
[[nodiscard]] std::string_view name(Errc code) noexcept;

}  // namespace kw
