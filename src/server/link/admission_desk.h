#pragma once
// AdmissionDesk lets kiosks in: it judges the signed report against the binding, and records every refusal with its code.
//
// What a refused peer sees is the same for every reason: the connection closes. Refusals of one peer (one certificate,
// once it is proven) and kind are recorded at most 20 times a minute: nobody floods the ledger from outside, and no crowd
// of strangers hides what was tried with a kiosk's certificate. Thread-safe.
#include "crypto/x509.h"
#include "kioskward/v1/link.pb.h"
#include "server/change.h"
#include "server/link/refusal_throttle.h"
#include "tlcp/failure.h"

namespace kw::server {

/// What the connection itself shows, before the report.
struct ConnectionFacts {
  std::string peer;  // address
  std::string suite;
  Bytes challenge, channel_binding;
};

class AdmissionDesk {
 public:
  explicit AdmissionDesk(Changes& changes)
      : changes_(changes), strangers_(changes.clock()), holders_(changes.clock()) {}

  /// refused_handshake records why TLCP refused a peer; `list` is its certificate list as it came.
  Result<> refused_handshake(const std::string& peer, const tlcp::FailureReport& why, const std::vector<Bytes>& list);
  /// admit judges a report signed with the certificate's key. On success the device is on line in the same transaction,
  /// and its state as stored before is returned. Errc::forbidden for every refusal, recorded already.
  Result<store::Device> admit(const crypto::Certificate& certificate, const v1::Signed& report,
                              const ConnectionFacts& facts);
  /// refuse_duplicate records that a second machine claims to be a device that is on line.
  Result<> refuse_duplicate(const DeviceId& device, const std::string& peer, const std::string& other_peer);

 private:
  Result<> record(RefusalThrottle& throttle, const std::string& who, const Happening& happening);

  Changes& changes_;
  RefusalThrottle strangers_;  // by address
  RefusalThrottle holders_;    // of certificates, by subject
};

}  // namespace kw::server
