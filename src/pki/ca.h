#pragma once
// Authority is the platform's SM2 certificate authority: it issues dual certificates and revocation lists.
//
// Dual-certificate rule (GB/T 25056, GM/T 0015): the signing certificate has digitalSignature and nonRepudiation, the
// encryption certificate keyEncipherment, dataEncipherment and keyAgreement; same subject, same issuer. PURE: time and
// randomness are arguments; which serials exist is the caller's to store.
#include <string>
#include <vector>

#include "base/id.h"
#include "base/random.h"
#include "crypto/x509.h"

namespace kw::pki {

/// An issued pair; `encryption_key` was made by the platform (key escrow is what the dual-certificate rule is for).
struct IssuedPair {
  crypto::Certificate signing;
  crypto::Certificate encryption;
  crypto::Sm2PrivateKey encryption_key;
};

class Authority {
 public:
  /// make_root makes a new key and a self-signed CA certificate (path length 0), for 1 to 100 years.
  static Result<Authority> make_root(const std::string& name, Timestamp now, int years, Random& random);
  /// from_parts: Errc::bad_key where the certificate is not of this key, Errc::wrong_usage where it is no CA,
  /// Errc::unsupported where this platform would write its subject otherwise than it stands there.
  static Result<Authority> from_parts(crypto::Certificate certificate, crypto::Sm2PrivateKey key);

  [[nodiscard]] const crypto::Certificate& certificate() const { return certificate_; }
  [[nodiscard]] const crypto::Sm2PrivateKey& key() const { return key_; }

  /// issue_device checks the request's proof of possession and issues both certificates. Subject: CN = device ID (32 hex
  /// digits), OU = "kiosk", serialNumber = the device's own unique ID.
  Result<IssuedPair> issue_device(const crypto::CertificateRequest& request, const DeviceId& device,
                                  const std::string& unique_id, Timestamp now, int days, Random& random) const;
  /// issue_platform issues the server's own pair for `signing_key`. Subject: CN = name, OU = "platform".
  Result<IssuedPair> issue_platform(const std::string& name, const std::vector<std::string>& dns_names,
                                    const crypto::Sm2PublicKey& signing_key, Timestamp now, int days, Random& random) const;
  Result<crypto::RevocationList> issue_crl(std::uint64_t number, Timestamp now, Duration validity,
                                           const std::vector<crypto::RevocationList::Entry>& revoked) const;

 private:
  Authority(crypto::Certificate certificate, crypto::Sm2PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Result<IssuedPair> issue(crypto::Name subject, const std::vector<std::string>& dns_names,
                           const crypto::Sm2PublicKey& signing_key, Timestamp now, int days, Random& random) const;
  crypto::Certificate certificate_;
  crypto::Sm2PrivateKey key_;
};

/// device_of reads the device ID out of a kiosk's certificate subject; Errc::malformed for any other subject.
Result<DeviceId> device_of(const crypto::Certificate& certificate);

}  // namespace kw::pki
