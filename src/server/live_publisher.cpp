#include "server/live_publisher.h"

#include "server/views.h"

namespace kw::server {

void LivePublisher::publish(const Effects& effects) {
  if (hub_.size() == 0) return;
  // Alarms first: they are what somebody waits for.
  for (const auto& alarm : effects.alarms) hub_.publish("alarm", "listAlarms", write_json(view(alarm)));
  std::vector<DeviceView> devices;
  std::vector<EnrolmentView> enrolments;
  std::vector<PolicyView> policies;
  const auto read = store_.read([&](store::Repositories& r) -> Result<> {
    for (const auto& id : effects.devices) {
      KW_TRY(const auto device, r.devices().get(id));
      devices.push_back(view(device));
    }
    for (const auto& id : effects.enrolments) {
      KW_TRY(const auto enrolment, r.enrolments().get(id));
      enrolments.push_back(view(enrolment));
    }
    for (const auto revision : effects.policies) {
      auto policy = r.policies().get(revision);
      if (!policy && policy.code() == Errc::not_found) continue;  // a revision that a kiosk claims and nobody published
      if (!policy) return policy.error();
      policies.push_back(view(*policy));
    }
    return {};
  });
  if (!read) log_.error("live.publish", {{"error", read.error().text()}});
  for (const auto& device : devices) hub_.publish("device", "listDevices", write_json(device));
  for (const auto& enrolment : enrolments) hub_.publish("enrolment", "listEnrolments", write_json(enrolment));
  for (const auto& policy : policies) hub_.publish("policy", "listPolicies", write_json(policy));
}

void LivePublisher::publish(const SignedHead& head) {
  if (hub_.size() > 0) hub_.publish("checkpoint", "getOverview", write_json(view(head.checkpoint)));
}

}  // namespace kw::server
