#include "device/hardware/quote.h"

#include <algorithm>

#include "crypto/sm3.h"

namespace kw::device {
namespace {

constexpr std::size_t kValue = 32;
constexpr std::size_t kMostText = 64;

/// The values as the TPM hashes them: in the order of their indices. Nothing where their form is wrong.
std::optional<Bytes> digest_of(const v1::TpmQuote& quote, const PcrSet& pcrs) {
  if (static_cast<std::size_t>(quote.pcrs_size()) != pcrs.size()) return std::nullopt;
  Bytes all;
  for (int i = 0; i < quote.pcrs_size(); ++i) {
    const auto& pcr = quote.pcrs(i);
    if (pcr.index() != pcrs[static_cast<std::size_t>(i)] || pcr.value().size() != kValue) return std::nullopt;
    append(all, bytes_of(pcr.value()));
  }
  return copy(crypto::sha256(all));
}

}  // namespace

QuoteVerdict judge_quote(const v1::TpmBinding& bound, const v1::TpmQuote& quote, ByteView nonce) {
  const auto key = parse_attestation_key(bytes_of(bound.identity().attestation_key()));
  const auto attest = parse_quote_attest(bytes_of(quote.attest()));
  const auto signature = parse_tpm_signature(bytes_of(quote.signature()));
  if (!key || !attest || !signature) return {"malformed", {}};
  if (!crypto::verify_p256(*key, bytes_of(quote.attest()), signature->r, signature->s)) return {"bad_signature", {}};
  if (nonce.empty() || !crypto::equal_secret(attest->extra_data, nonce)) return {"wrong_nonce", {}};
  const auto digest = digest_of(quote, attest->pcrs);
  if (!digest || !equal(*digest, attest->pcr_digest)) return {"wrong_pcrs", {}};
  QuoteVerdict out;
  for (const auto& wanted : bound.pcrs()) {
    const auto found = std::find_if(quote.pcrs().begin(), quote.pcrs().end(),
                                    [&](const auto& one) { return one.index() == wanted.index(); });
    if (found == quote.pcrs().end()) return {"wrong_pcrs", {}};
    if (found->value() != wanted.value()) out.changed.push_back(wanted.index());
  }
  return out;
}

std::optional<std::string_view> tpm_key_fault(const v1::TpmBinding& bound, const v1::TpmIdentity& shown) {
  if (bound.identity().attestation_key().empty()) return std::nullopt;
  if (shown.attestation_key().empty()) return "no_key";
  if (shown.attestation_key() != bound.identity().attestation_key()) return "key_changed";
  return std::nullopt;
}

Result<> check_tpm_identity(const v1::TpmIdentity& identity) {
  if (identity.version() != 1) return fail(Errc::malformed, "TPM identity: version");
  if (identity.manufacturer().size() > kMostText || identity.firmware().size() > kMostText)
    return fail(Errc::too_large, "TPM identity");
  KW_CHECK(parse_attestation_key(bytes_of(identity.attestation_key())));
  return {};
}

Result<v1::TpmBinding> bind_tpm(const v1::TpmIdentity& identity, const v1::TpmQuote& quote, ByteView nonce) {
  KW_CHECK(check_tpm_identity(identity));
  v1::TpmBinding out;
  out.set_version(1);
  *out.mutable_identity() = identity;
  if (const auto verdict = judge_quote(out, quote, nonce); !verdict.fault.empty())
    return fail(Errc::untrusted, "quote: " + std::string(verdict.fault));
  *out.mutable_pcrs() = quote.pcrs();
  return out;
}

std::string pcr_list(const PcrSet& pcrs) {
  std::string out;
  for (const auto pcr : pcrs) out += (out.empty() ? "" : ", ") + std::to_string(pcr);
  return out;
}

}  // namespace kw::device
