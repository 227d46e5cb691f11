#include "server/alarm_service.h"

namespace kw::server {

Result<store::AlarmPage> AlarmService::page(const store::AlarmQuery& query) {
  return changes_.store().read([&](auto& r) { return r.alarms().page(query); });
}

Result<store::Alarm> AlarmService::acknowledge(const AlarmId& id, const std::string& note, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Alarm> {
    auto& r = change.repositories();
    KW_CHECK(r.alarms().acknowledge(id, who.person, note));
    KW_TRY(auto alarm, r.alarms().get(id));
    // The incident is over already: nobody has to wait for its end.
    bool over = !alarm.case_id.empty();
    if (over && !alarm.device.is_nil()) {
      KW_TRY(auto device, r.devices().get(alarm.device));
      over = device.case_id != alarm.case_id;
    }
    if (over) {
      KW_CHECK(r.alarms().close_case(alarm.device, alarm.case_id));
      KW_TRY(alarm, r.alarms().get(id));
    }
    KW_CHECK(change.record({.type = "alarm.acknowledged",
                            .actor = who,
                            .device = alarm.device,
                            .params = {{"alarm", id.text()}, {"type", alarm.type}},
                            .case_id = alarm.case_id}));
    change.alarm_changed(alarm);
    if (!alarm.device.is_nil()) change.device_changed(alarm.device);
    return alarm;
  });
}

}  // namespace kw::server
