#pragma once
// Kiosk is an enrolled machine as the platform's tests need it: binding, certificates, and what it would report.
#include "device/hardware.h"
#include "kioskward/v1/link.pb.h"
#include "pki/signed.h"
#include "schema/codec.h"
#include "server/testing/platform.h"
#include "tlcp/config.h"

namespace kw::server::testing {

inline v1::HardwareDigest hardware(const std::string& board = "board") {
  return device::hardware_digest({{"dmi.board_serial", board}, {"machine-id", "machine"}});
}

/// test_key is one SM2 key for every kiosk: what tells kiosks apart is their certificate.
inline const crypto::Sm2PrivateKey& test_key() {
  static const auto key = take(crypto::Sm2PrivateKey::generate());
  return key;
}
inline crypto::CertificateRequest test_request(const crypto::Sm2PrivateKey& key = test_key()) {
  return take(crypto::CertificateRequest::build({"CN", "", "kiosk", std::string(32, 'u'), ""}, key));
}

struct Kiosk {
  DeviceId id;
  std::string address;
  std::string mac = "02:4b:57:00:10:10";
  std::string boot = "boot-1";
  pki::IssuedPair pair;

  /// enrolled binds a new device to an address, which may be a loopback one here, and issues its certificates.
  static Kiosk enrolled(Platform& platform, const std::string& address) {
    store::Site site;
    site.id = SiteId::make(platform.clock.now(), platform.random);
    site.name = "site of " + address;
    store::Device row;
    row.id = DeviceId::make(platform.clock.now(), platform.random);
    row.name = "kiosk " + address;
    row.site = site.id;
    row.address = address + "/8";
    row.mac = "02:4b:57:00:10:10";
    row.interface = "eth0";
    row.hardware = schema::serialise(testing::hardware());
    auto pair = take(platform.changes.run([&](Change& change) -> Result<pki::IssuedPair> {
      KW_CHECK(change.repositories().sites().insert(site));
      KW_CHECK(change.repositories().devices().insert(row));
      return platform.ca.issue(change, test_request(), row.id, {});
    }));
    return {.id = row.id, .address = address, .pair = std::move(pair)};
  }

  [[nodiscard]] tlcp::Identity identity() const {
    return {pair.signing, test_key(), pair.encryption, pair.encryption_key, {}};
  }
  /// report is right in everything that the kiosk knows before it connects.
  [[nodiscard]] v1::AdmissionReport report() const {
    v1::AdmissionReport out;
    out.set_version(1);
    out.set_device_id(copy_text(id.bytes()));
    out.set_mac(mac);
    out.set_address(address);
    *out.mutable_hardware() = testing::hardware();
    out.set_agent_version("1.2.3");
    out.set_boot_id(boot);
    out.set_next_sequence(1);
    out.set_state(v1::NORMAL);
    return out;
  }
};

inline v1::Signed signed_report(const v1::AdmissionReport& report, const crypto::Sm2PrivateKey& key = test_key()) {
  return take(pki::sign_object("admission", schema::serialise(report), key));
}

/// event makes one that the catalogue accepts.
inline v1::Event event(std::uint64_t sequence, const std::string& type = "notice.shown") {
  v1::Event out;
  out.set_version(1);
  std::string id(16, 'e');
  for (int i = 0; i < 8; ++i) id[15 - i] = static_cast<char>(sequence >> (8 * i));
  out.set_id(id);
  out.set_sequence(sequence);
  out.set_type(type);
  out.set_result("observed");
  return out;
}
inline v1::EventBatch batch(std::initializer_list<std::uint64_t> sequences) {
  v1::EventBatch out;
  for (const auto sequence : sequences) *out.add_events() = event(sequence);
  return out;
}

}  // namespace kw::server::testing
