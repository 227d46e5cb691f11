#pragma once
// verify_peer decides whether a TLCP peer's dual certificates are good (GB/T 38636-2020 section 6.4.5.3, RFC 5280).
//
// PURE. One refusal is returned, the first that applies in the order of the enum.
#include <optional>
#include <vector>

#include "base/time.h"
#include "crypto/x509.h"

namespace kw::pki {

/// Why a certificate was refused. Stable: each has an audit code of its own; none is told to the peer.
enum class Refusal {
  malformed,      // list empty, undecodable, or too long (more than 8 certificates)
  unknown_ca,     // no path to an anchor
  bad_signature,  // a signature on the path does not verify
  not_yet_valid,
  expired,
  revoked,
  stale_crl,      // a CRL is required and the newest one is past nextUpdate
  wrong_usage,    // e.g. an encryption certificate in the place of the signing one
  mismatched_pair,  // signing and encryption certificates of different subjects or issuers
};
[[nodiscard]] std::string_view name(Refusal refusal) noexcept;

struct TrustStore {
  std::vector<crypto::Certificate> anchors;
  std::vector<crypto::Certificate> intermediates;
  std::vector<crypto::RevocationList> crls;
  bool require_crl = false;  // refuse as stale_crl where no fresh CRL of the issuer is at hand
};

struct PeerCertificates {
  crypto::Certificate signing;
  std::optional<crypto::Certificate> encryption;
};

/// verify_peer takes the certificate list as it came on the wire (signing, encryption, CAs; or signing, CAs).
/// `need_encryption`: the peer must show both certificates (servers always, clients of ECC suites by policy).
[[nodiscard]] tl::expected<PeerCertificates, Refusal> verify_peer(const std::vector<Bytes>& list, const TrustStore& trust,
                                                                  Timestamp now, bool need_encryption);

}  // namespace kw::pki
