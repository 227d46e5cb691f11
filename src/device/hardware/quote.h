#pragma once
// judge_quote tells whether a TPM's quote answers the platform's nonce, and whether the kiosk was started as bound.
//
//   parse_tpm_binding(identity, quote, challenge)  at enrolment: identity and first values
//   judge_quote(binding, quote, nonce)             afterwards
//
// PURE. What is bound, and what a change leads to, is the caller's.
#include <optional>
#include <string_view>

#include "device/hardware/tpm_structures.h"
#include "kioskward/v1/tpm.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

/// QuoteVerdict: `fault` is a code of what is wrong with the quote itself, empty where it holds: "malformed",
/// "wrong_nonce", "bad_signature", "wrong_pcrs" (values that the signed digest does not cover, or PCRs that are bound
/// and not quoted). Of a quote that holds, `changed` names the bound PCRs whose value is another one.
struct QuoteVerdict {
  std::string_view fault;
  PcrSet changed;
};
[[nodiscard]] QuoteVerdict judge_quote(const v1::TpmBinding& bound, const v1::TpmQuote& quote, ByteView nonce);

/// tpm_key_fault: "key_changed" or "no_key" where a kiosk comes with another attestation key than the bound one;
/// nothing where none is bound yet.
[[nodiscard]] std::optional<std::string_view> tpm_key_fault(const v1::TpmBinding& bound, const v1::TpmIdentity& shown);

/// check_tpm_identity: Errc as parse_attestation_key; texts of at most 64 octets.
Result<> check_tpm_identity(const v1::TpmIdentity& identity);
/// bind_tpm gives what a first quote binds; Errc::untrusted with the fault where it does not hold.
Result<v1::TpmBinding> bind_tpm(const v1::TpmIdentity& identity, const v1::TpmQuote& quote, ByteView nonce);
/// pcr_list gives "0, 4".
[[nodiscard]] std::string pcr_list(const PcrSet& pcrs);

}  // namespace kw::device
