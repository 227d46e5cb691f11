#pragma once
// AdmissionDesk lets kiosks in: it judges the signed report against the binding, and records every refusal with its code.
//
// What a refused peer sees is the same for every reason: the connection closes. Refusals of one peer and kind are
// recorded at most 20 times a minute, so that nobody floods the ledger from outside. Thread-safe.
#include <map>
#include <mutex>

#include "crypto/x509.h"
#include "kioskward/v1/link.pb.h"
#include "server/change.h"
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
  explicit AdmissionDesk(Changes& changes) : changes_(changes) {}

  /// refused_handshake records why TLCP refused a peer; `list` is its certificate list as it came.
  Result<> refused_handshake(const std::string& peer, const tlcp::FailureReport& why, const std::vector<Bytes>& list);
  /// admit judges a report signed with the certificate's key. On success the device is on line in the same transaction,
  /// and its state as stored before is returned. Errc::forbidden for every refusal, recorded already.
  Result<store::Device> admit(const crypto::Certificate& certificate, const v1::Signed& report,
                              const ConnectionFacts& facts);
  /// refuse_duplicate records that a second machine claims to be a device that is on line.
  Result<> refuse_duplicate(const DeviceId& device, const std::string& peer, const std::string& other_peer);

 private:
  struct Window {
    Timestamp since;
    unsigned count = 0;
  };
  bool throttled(const std::string& peer, const std::string& type);
  Result<> record(const std::string& peer, Happening happening);

  Changes& changes_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Window> windows_;  // bounded by kMostWindows
};

}  // namespace kw::server
