#include "server/ukey_factor.h"

#include "crypto/pem.h"
#include "crypto/x509.h"
#include "pki/ukey_message.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostTrustFile = 8 * 1024 * 1024;

Result<crypto::RevocationList> read_crl(const std::filesystem::path& path) {
  KW_TRY(const auto content, read_public(path, kMostTrustFile));
  auto text = text_of(content);
  if (auto pem = crypto::pem_find(text, "X509 CRL")) return crypto::RevocationList::parse(pem->reveal());
  return crypto::RevocationList::parse(content);
}

}  // namespace

Result<pki::TrustStore> load_ukey_trust(const UkeyOptions& options) {
  pki::TrustStore out;
  KW_TRY(const auto pem, read_public(options.authorities, kMostTrustFile));
  KW_TRY(auto authorities, crypto::Certificate::parse_pem(text_of(pem)));
  for (auto& one : authorities) {
    const bool own = equal(one.subject_der(), one.issuer_der()) && one.signed_by(one.public_key()).has_value();
    (own ? out.anchors : out.intermediates).push_back(std::move(one));
  }
  if (out.anchors.empty()) return fail(Errc::invalid, options.authorities.string() + ": no self-signed certificate");
  for (const auto& path : options.crls) {
    auto list = read_crl(path);
    if (!list) return list.error().within(path.string());
    out.crls.push_back(std::move(*list));
  }
  out.require_crl = options.require_crl;
  return out;
}

std::string UkeyFactor::message(std::string_view purpose, const std::string& account, ByteView challenge) const {
  return pki::UkeyMessage{std::string(purpose), platform_, account, copy(challenge)}.text();
}

Result<std::string_view> UkeyFactor::check(ByteView certificate, Timestamp now) const {
  const auto trust = trust_();
  if (!trust) return fail(Errc::unavailable, trust.error().within("UKey authorities").text());
  const auto checked = pki::verify_peer({copy(certificate)}, *trust, now, false);
  return checked ? std::string_view() : pki::name(checked.error());
}

Result<FactorVerdict> UkeyFactor::judge(store::Repositories& r, const store::User& user, const Presented& shown,
                                        Timestamp now) const {
  KW_TRY(const auto all, r.factors().of(user.id));
  const auto line = message(shown.purpose, user.account, shown.challenge);
  for (const auto& one : all) {
    if (one.kind != kind()) continue;
    KW_TRY(const auto certificate, crypto::Certificate::parse(one.key));
    if (!certificate.public_key().verify(bytes_of(line), shown.answer.signature)) continue;
    KW_TRY(const auto refusal, check(one.key, now));
    return FactorVerdict{.reason = refusal, .factor = one.id, .mark = one.counter + 1};
  }
  return FactorVerdict{.reason = "signature"};
}

Result<store::Factor> UkeyFactor::enrol(const store::User& user, const NewFactor& wanted, ByteView challenge,
                                        Timestamp now) const {
  const auto certificate = crypto::Certificate::parse(wanted.certificate);
  if (!certificate) return fail(Errc::invalid, "malformed");
  KW_TRY(const auto refusal, check(wanted.certificate, now));
  if (!refusal.empty()) return fail(Errc::invalid, std::string(refusal));
  const auto line = message("add", user.account, challenge);
  if (!certificate->public_key().verify(bytes_of(line), wanted.signature)) return fail(Errc::invalid, "signature");
  store::Factor out;
  out.kind = kind();
  out.handle = certificate->public_key().key_id();
  out.key = certificate->der();
  return out;
}

}  // namespace kw::server
