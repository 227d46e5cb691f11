#include "server/live_publisher.h"

#include "server/compliance/compliance_service.h"
#include "server/views.h"

namespace kw::server {
namespace {
constexpr std::size_t kMostJudged = 20;
}  // namespace

void LivePublisher::publish(const Effects& effects) {
  if (hub_.size() == 0) return;
  struct Message {
    std::string_view kind, operation;
    std::string object;
    Audience audience;
  };
  std::vector<Message> messages;
  const auto read = store_.read([&](store::Repositories& r) -> Result<> {
    // Alarms first: they are what somebody waits for.
    for (const auto& alarm : effects.alarms) {
      KW_TRY(auto chain, r.regions().chain_of(alarm.device));
      messages.push_back({"alarm", "listAlarms", write_json(view(alarm)), {false, std::move(chain)}});
    }
    for (const auto& id : effects.devices) {
      KW_TRY(const auto device, r.devices().get(id));
      KW_TRY(auto chain, r.regions().chain_of(device.site));
      messages.push_back({"device", "listDevices", write_json(view(device)), {false, std::move(chain)}});
    }
    for (const auto& id : effects.enrolments) {
      KW_TRY(const auto enrolment, r.enrolments().get(id));
      KW_TRY(auto chain, r.regions().chain_of(enrolment.site));
      messages.push_back({"enrolment", "listEnrolments", write_json(view(enrolment)), {false, std::move(chain)}});
    }
    for (const auto& id : effects.requests) {
      KW_TRY(const auto request, r.requests().get(id));
      KW_TRY(auto chain, r.regions().chain_of(request.device));
      messages.push_back(
          {"request", "listRequests", write_json(view(request, request.asked)), {false, std::move(chain)}});
    }
    for (const auto& id : effects.signings) {
      KW_TRY(const auto signing, r.signings().get(id));
      KW_TRY(auto chain, r.regions().chain_of(signing.device));
      messages.push_back({"signing",
                          "listSignings",
                          write_json(view(signing, signing.asked)),
                          {signing.device.is_nil(), std::move(chain)}});
    }
    // Of many at once it is enough to say that something is new.
    if (effects.judged.size() > kMostJudged) {
      messages.push_back({"compliance", "getCompliance", R"({"subject":""})", {true, {}}});
    } else {
      for (const auto& subject : effects.judged) {
        std::vector<store::RegionId> chain;
        if (subject.kind == store::SubjectOf::device) {
          KW_TRY(chain, r.regions().chain_of(DeviceId(subject.id)));
        } else if (subject.kind == store::SubjectOf::site) {
          KW_TRY(chain, r.regions().chain_of(SiteId(subject.id)));
        }
        messages.push_back({"compliance",
                            "getCompliance",
                            R"({"subject":")" + subject_text(subject) + R"("})",
                            {false, std::move(chain)}});
      }
    }
    for (const auto revision : effects.policies) {
      auto policy = r.policies().get(revision);
      if (!policy && policy.code() == Errc::not_found) continue;  // a revision that a kiosk claims and nobody published
      if (!policy) return policy.error();
      messages.push_back({"policy", "listPolicies", write_json(view(*policy)), {true, {}}});
    }
    return {};
  });
  if (!read) log_.error("live.publish", {{"error", read.error().text()}});
  for (const auto& message : messages) hub_.publish(message.kind, message.operation, message.object, message.audience);
}

void LivePublisher::publish(const SignedHead& head) {
  if (hub_.size() > 0) hub_.publish("checkpoint", "getOverview", write_json(view(head.checkpoint)), {true, {}});
}

}  // namespace kw::server
