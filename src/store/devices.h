#pragma once
// Devices and Certificates are the repositories of admitted kiosks: binding, live state, facts and certificates.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

/// What the console shows of a device, derived from the stored columns by the store:
/// disabled, else cut (reported or known), else offline, else what it reports.
enum class DeviceLive { online, offline, cut, disabled, degraded, watching };
inline constexpr std::size_t kDeviceLiveCount = 6;
[[nodiscard]] std::string_view name(DeviceLive live) noexcept;
[[nodiscard]] std::optional<DeviceLive> parse_device_live(std::string_view text) noexcept;

struct Device {
  DeviceId id;
  std::string name;
  SiteId site;
  std::string site_name;  // read only
  std::string address;    // fixed IP with prefix length
  std::string gateway;    // may be empty
  std::string mac, interface;
  std::string custodian, custodian_phone;
  Bytes hardware;  // serialised v1::HardwareDigest as bound
  Timestamp created;
  bool disabled = false;
  // Live part; only update_live, set_online and set_wanted change it.
  DeviceLive live = DeviceLive::offline;  // read only
  bool online = false;
  int state = 0;  // v1::DeviceState as last reported
  std::uint64_t policy_revision = 0;
  Bytes policy_digest;
  std::uint64_t policy_wanted = 0;
  std::optional<Timestamp> last_seen;
  std::string agent_version;
  Bytes case_id;
  Bytes liveness_key;              // SPKI of the guard's own key; empty: none was shown yet
  Bytes tpm;                       // serialised v1::TpmBinding; empty: no TPM was shown yet
  std::uint64_t acknowledged = 0;  // last event sequence that is durable in the ledger
  std::uint64_t alarms_open = 0;   // read only
};

/// A heartbeat's or admission's worth of news; what is absent stays as it is.
struct LiveUpdate {
  std::optional<bool> online;
  std::optional<int> state;
  std::optional<std::uint64_t> policy_revision;
  std::optional<Bytes> policy_digest;
  std::optional<Timestamp> last_seen;
  std::optional<std::string> agent_version;
  std::optional<Bytes> case_id;
  std::optional<Bytes> liveness_key;
  std::optional<Bytes> tpm;
};

struct DeviceQuery {
  std::string text;  // part of name, address or MAC
  std::optional<DeviceLive> live;
  std::optional<SiteId> site;
  bool baseline_waiting = false;  // only enabled devices with a baseline that nobody has decided on
  std::size_t limit = 50;
  std::string cursor;  // of the page before; Errc::malformed for one that this store did not make
  Scope scope{};
};
struct DevicePage {
  std::vector<Device> items;  // by name
  std::uint64_t total = 0;
  std::string next;
};

struct StoredFact {
  std::string key, value;
  Timestamp time;
  std::string source;
  Timestamp heard{};  // when the platform heard it, by its own clock
};

/// Custody is who looks after a kiosk, or did before it was disabled.
struct Custody {
  DeviceId device;
  std::string custodian, phone;
  bool disabled = false;
};

class Devices {
 public:
  virtual ~Devices() = default;
  /// insert: Errc::already_exists for the ID, or for a name or address that an enabled device has.
  virtual Result<> insert(const Device& device) = 0;
  virtual Result<Device> get(const DeviceId& id) = 0;
  virtual Result<DevicePage> page(const DeviceQuery& query) = 0;
  virtual Result<std::vector<Device>> enabled() = 0;
  virtual Result<std::vector<Custody>> custodies() = 0;  // of every device that has one
  virtual Result<> set_custodian(const DeviceId& id, const std::string& custodian, const std::string& phone) = 0;
  /// counts are indexed by DeviceLive.
  virtual Result<std::array<std::uint64_t, kDeviceLiveCount>> counts(const Scope& scope = {}) = 0;
  virtual Result<> update_live(const DeviceId& id, const LiveUpdate& update) = 0;
  virtual Result<> set_wanted(const DeviceId& id, std::uint64_t revision) = 0;
  virtual Result<> set_all_offline() = 0;            // at the server's start: no link has survived
  virtual Result<> disable(const DeviceId& id) = 0;  // Errc::conflict where it is disabled already
  virtual Result<> acknowledge(const DeviceId& id, std::uint64_t through) = 0;  // never lowers
  /// put_facts keeps the newest value of each key; of one device the 2,000 newest facts stay.
  virtual Result<> put_facts(const DeviceId& id, const std::vector<StoredFact>& facts) = 0;
  virtual Result<std::vector<StoredFact>> facts(const DeviceId& id) = 0;  // by key
};

struct CertificateRecord {
  Bytes serial;
  DeviceId device;
  std::string usage;  // "signing", "encryption"
  Bytes der;
  Timestamp not_before, not_after;
  std::optional<Timestamp> revoked;
};

class Certificates {
 public:
  virtual ~Certificates() = default;
  virtual Result<> insert(const CertificateRecord& certificate) = 0;
  virtual Result<CertificateRecord> get(ByteView serial) = 0;
  virtual Result<std::vector<CertificateRecord>> of_device(const DeviceId& id) = 0;
  /// revoke_device revokes all of a device's certificates that are not revoked yet, and returns those.
  virtual Result<std::vector<CertificateRecord>> revoke_device(const DeviceId& id, Timestamp now) = 0;
  virtual Result<std::vector<CertificateRecord>> revoked() = 0;
};

}  // namespace kw::store
