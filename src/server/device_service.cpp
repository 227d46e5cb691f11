#include "server/device_service.h"

#include "server/subject_keys.h"

namespace kw::server {

Result<store::DevicePage> DeviceService::page(const store::DeviceQuery& query) {
  return changes_.store().read([&](auto& r) { return r.devices().page(query); });
}
Result<store::Device> DeviceService::get(const DeviceId& id) {
  return changes_.store().read([&](auto& r) { return r.devices().get(id); });
}

Result<DeviceDetail> DeviceService::detail(const DeviceId& id) {
  return changes_.store().read([&](store::Repositories& r) -> Result<DeviceDetail> {
    DeviceDetail out;
    KW_TRY(out.device, r.devices().get(id));
    KW_TRY(out.certificates, r.certificates().of_device(id));
    KW_TRY(out.facts, r.devices().facts(id));
    KW_TRY(out.orders, r.orders().of_device(id));
    return out;
  });
}

Result<Counts> DeviceService::counts(const store::Scope& scope) {
  return changes_.store().read([&](store::Repositories& r) -> Result<Counts> {
    Counts out;
    KW_TRY(out.devices, r.devices().counts(scope));
    KW_TRY(out.enrolments_pending, r.enrolments().count(store::EnrolmentState::pending, scope));
    KW_TRY(out.alarms_open, r.alarms().count_open(0, scope));
    KW_TRY(out.alarms_critical, r.alarms().count_open(v1::CRITICAL, scope));
    store::DeviceQuery waiting;
    waiting.baseline_waiting = true;
    waiting.limit = 1;
    waiting.scope = scope;
    KW_TRY(const auto page, r.devices().page(waiting));
    out.baselines_waiting = page.total;
    return out;
  });
}

Result<store::Device> DeviceService::disable(const DeviceId& id, const std::string& reason, const Actor& who) {
  auto disabled = changes_.run([&](Change& change) -> Result<store::Device> {
    auto& r = change.repositories();
    KW_CHECK(r.devices().disable(id));
    KW_CHECK(change.record({.type = "device.disabled", .actor = who, .device = id, .params = {{"reason", reason}}}));
    KW_CHECK(ca_.revoke(change, id, reason, who));
    change.device_changed(id);
    change.device_put_out(id);
    return r.devices().get(id);
  });
  KW_TRY(auto out, std::move(disabled));
  KW_CHECK(ca_.publish_crl());
  return out;
}

Result<store::Device> DeviceService::change_custodian(const DeviceId& id, const std::string& custodian,
                                                      const std::string& phone, const std::string& reason,
                                                      const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Device> {
    auto& r = change.repositories();
    KW_TRY(const auto before, r.devices().get(id));
    if (before.custodian == custodian && before.custodian_phone == phone)
      return fail(Errc::conflict, "the same person");
    KW_CHECK(r.devices().set_custodian(id, custodian, phone));
    KW_CHECK(change.record({.type = "device.custodian.changed",
                            .actor = who,
                            .device = id,
                            .params = {{"custodian", custodian}, {"custodian_phone", phone}, {"reason", reason}},
                            .about = custodian_of(custodian, phone)}));
    change.device_changed(id);
    return r.devices().get(id);
  });
}

}  // namespace kw::server
