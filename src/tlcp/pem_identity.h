#pragma once
// identity_of_pem and trust_of_pem make of PEM texts what a TLCP configuration holds.
//
// PURE and thread-safe.
#include <string_view>

#include "tlcp/config.h"

namespace kw::tlcp {

/// The texts of files; `encryption_*` may be empty. CA certificates may follow the signing certificate. Each goes with
/// a word that errors begin with: the file's name.
struct PemText {
  std::string_view text, name;
};
struct PemIdentity {
  PemText certificate, key, encryption_certificate, encryption_key;
};
/// identity_of_pem: Errc::malformed, Errc::bad_key where a key does not belong to its certificate.
Result<Identity> identity_of_pem(const PemIdentity& from);
/// trust_of_pem: self-signed certificates are anchors and the others intermediates; with no self-signed one, all are
/// anchors. Errc::malformed where there is none.
Result<pki::TrustStore> trust_of_pem(const PemText& from);

}  // namespace kw::tlcp
