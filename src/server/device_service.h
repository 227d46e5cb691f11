#pragma once
// DeviceService shows the kiosks to people and disables them; what kiosks report is taken in by src/server/link.
//
// Thread-safe.
#include "server/auth_service.h"
#include "server/ca_service.h"

namespace kw::server {

struct DeviceDetail {
  store::Device device;
  std::vector<store::CertificateRecord> certificates;
  std::vector<store::StoredFact> facts;
  std::vector<store::Order> orders;
};
struct Counts {
  std::array<std::uint64_t, store::kDeviceLiveCount> devices{};
  std::uint64_t enrolments_pending = 0, alarms_open = 0, alarms_critical = 0;
  std::uint64_t baselines_waiting = 0;  // devices with a baseline that nobody has decided on
};

class DeviceService {
 public:
  DeviceService(Changes& changes, CaService& ca) : changes_(changes), ca_(ca) {}

  Result<store::DevicePage> page(const store::DeviceQuery& query);
  Result<store::Device> get(const DeviceId& id);
  Result<DeviceDetail> detail(const DeviceId& id);
  Result<Counts> counts(const store::Scope& scope = {});
  /// disable revokes the device's certificates, publishes a CRL and puts its link out. Errc::conflict where it is
  /// disabled already.
  Result<store::Device> disable(const DeviceId& id, const std::string& reason, const Actor& who);

  /// change_custodian puts another person in the place of who looks after a kiosk; the register keeps nobody else.
  /// Errc::conflict where it is the same one.
  Result<store::Device> change_custodian(const DeviceId& id, const std::string& custodian, const std::string& phone,
                                         const std::string& reason, const Actor& who);

 private:
  Changes& changes_;
  CaService& ca_;
};

}  // namespace kw::server
