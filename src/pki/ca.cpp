#include "pki/ca.h"

namespace kw::pki {
namespace {

using crypto::KeyUsage;

constexpr unsigned kCaUsage = KeyUsage::key_cert_sign | KeyUsage::crl_sign;
constexpr unsigned kSigningUsage = KeyUsage::digital_signature | KeyUsage::non_repudiation;
constexpr unsigned kEncryptionUsage = KeyUsage::key_encipherment | KeyUsage::data_encipherment | KeyUsage::key_agreement;
constexpr Duration kDay = std::chrono::hours(24);
constexpr int kMostYears = 100;  // a Timestamp ends in 2262
constexpr int kMostDays = kMostYears * 365;
// A kiosk whose clock is a little slow must not find its own certificate in the future.
constexpr Duration kBackdate = std::chrono::minutes(5);

/// 16 random octets, positive and without a leading zero.
Bytes make_serial(Random& random) {
  Bytes serial = random.bytes(16);
  serial[0] = static_cast<Byte>((serial[0] & 0x7f) | 0x40);
  return serial;
}

}  // namespace

Result<Authority> Authority::make_root(const std::string& name, Timestamp now, int years, Random& random) {
  if (years < 1 || years > kMostYears) return fail(Errc::invalid, "years of a CA certificate");
  KW_TRY(auto key, crypto::Sm2PrivateKey::generate());
  crypto::CertificateTemplate root;
  root.subject = {.country = "CN", .organization = "Kioskward", .unit = "CA", .common_name = name, .serial_number = {}};
  root.issuer = root.subject;
  root.serial = make_serial(random);
  root.not_before = now - kBackdate;
  root.not_after = now + years * 365 * kDay;
  root.key_usage = kCaUsage;
  root.is_ca = true;
  root.path_length = 0;
  KW_TRY(auto certificate, crypto::build_certificate(root, key.public_key(), key));
  return Authority(std::move(certificate), std::move(key));
}

Result<Authority> Authority::from_parts(crypto::Certificate certificate, crypto::Sm2PrivateKey key) {
  if (!(certificate.public_key() == key.public_key())) return fail(Errc::bad_key, "CA certificate of another key");
  if (!certificate.is_ca() || (certificate.key_usage() & kCaUsage) != kCaUsage)
    return fail(Errc::wrong_usage, "not a CA certificate");
  // Issued certificates name their issuer by these octets; verifiers compare them, not the text.
  if (certificate.subject().der() != certificate.subject_der())
    return fail(Errc::unsupported, "CA subject in another encoding or with other attributes");
  return Authority(std::move(certificate), std::move(key));
}

Result<IssuedPair> Authority::issue(crypto::Name subject, const std::vector<std::string>& dns_names,
                                    const crypto::Sm2PublicKey& signing_key, Timestamp now, int days,
                                    Random& random) const {
  if (days < 1 || days > kMostDays) return fail(Errc::invalid, "days of a certificate");
  crypto::CertificateTemplate what;
  what.subject = std::move(subject);
  what.issuer = certificate_.subject();
  what.not_before = now - kBackdate;
  what.not_after = std::min(now + days * kDay, certificate_.not_after());
  what.dns_names = dns_names;
  what.serial = make_serial(random);
  what.key_usage = kSigningUsage;
  KW_TRY(auto signing, crypto::build_certificate(what, signing_key, key_));
  KW_TRY(auto encryption_key, crypto::Sm2PrivateKey::generate());
  what.serial = make_serial(random);
  what.key_usage = kEncryptionUsage;
  KW_TRY(auto encryption, crypto::build_certificate(what, encryption_key.public_key(), key_));
  return IssuedPair{std::move(signing), std::move(encryption), std::move(encryption_key)};
}

Result<IssuedPair> Authority::issue_device(const crypto::CertificateRequest& request, const DeviceId& device,
                                           const std::string& unique_id, Timestamp now, int days, Random& random) const {
  KW_CHECK(request.verify());
  crypto::Name subject{.country = "CN", .organization = "Kioskward", .unit = "kiosk", .common_name = device.text(),
                       .serial_number = unique_id};
  return issue(std::move(subject), {}, request.public_key(), now, days, random);
}

Result<IssuedPair> Authority::issue_platform(const std::string& name, const std::vector<std::string>& dns_names,
                                             const crypto::Sm2PublicKey& signing_key, Timestamp now, int days,
                                             Random& random) const {
  crypto::Name subject{.country = "CN", .organization = "Kioskward", .unit = "platform", .common_name = name,
                       .serial_number = {}};
  return issue(std::move(subject), dns_names, signing_key, now, days, random);
}

Result<crypto::RevocationList> Authority::issue_crl(std::uint64_t number, Timestamp now, Duration validity,
                                                    const std::vector<crypto::RevocationList::Entry>& revoked) const {
  return crypto::RevocationList::build(certificate_.subject(), number, now - kBackdate, now + validity, revoked, key_);
}

Result<DeviceId> device_of(const crypto::Certificate& certificate) {
  if (certificate.subject().unit != "kiosk") return fail(Errc::malformed, "not a kiosk's certificate");
  return DeviceId::parse(certificate.subject().common_name);
}

}  // namespace kw::pki
