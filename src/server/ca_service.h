#pragma once
// CaService issues and revokes the kiosks' certificates and keeps the revocation list fresh.
//
// The link checks its peers against the list; it gets every new one through set_published. Thread-safe.
#include <mutex>

#include "server/change.h"
#include "server/platform_keys.h"

namespace kw::server {

class CaService {
 public:
  static constexpr int kDeviceDays = 825;
  static constexpr Duration kCrlValidity = std::chrono::hours(48);
  static constexpr Duration kCrlRenewal = std::chrono::hours(12);

  CaService(Changes& changes, const PlatformKeys& keys) : changes_(changes), keys_(keys) {}

  /// issue makes a kiosk's dual certificates within a change, with their rows and audit entries.
  Result<pki::IssuedPair> issue(Change& change, const crypto::CertificateRequest& request, const DeviceId& device,
                                const Actor& actor);
  /// revoke marks all of a device's certificates as revoked within a change; publish_crl() afterwards makes it known.
  Result<> revoke(Change& change, const DeviceId& device, const std::string& reason, const Actor& actor);
  /// publish_crl signs a new list; at start, after a revocation, and by tick() when the old one is 12 hours old.
  Result<> publish_crl();
  Result<> tick();
  /// crl is the newest list; Errc::unavailable before the first publish_crl().
  Result<crypto::RevocationList> crl() const;
  /// set_published is called with each new list, on the thread that made it. Set before the first publish_crl().
  void set_published(std::function<void(const crypto::RevocationList&)> published) {
    published_ = std::move(published);
  }

 private:
  Changes& changes_;
  const PlatformKeys& keys_;
  std::function<void(const crypto::RevocationList&)> published_;
  mutable std::mutex mutex_;
  std::optional<crypto::RevocationList> crl_;
};

}  // namespace kw::server
