#include "policy/baseline.h"

#include <google/protobuf/descriptor.h>

#include <memory>

#include "policy/sections/message_json.h"
#include "policy/sections/section.h"
#include "schema/codec.h"

namespace kw::policy {
namespace {

namespace pb = google::protobuf;

/// "kioskward.v1.InterfacePolicy" -> the prototype of "kioskward.v1.InterfaceBaseline"; null where there is none.
const pb::Message* prototype_of(std::string_view section) {
  constexpr std::string_view kPolicy = "Policy";
  if (find_section(section) == nullptr) return nullptr;
  const auto* field = v1::PolicyBundle::descriptor()->FindFieldByName(std::string(section));
  std::string name = field->message_type()->full_name();
  if (!name.ends_with(kPolicy)) return nullptr;
  name.replace(name.size() - kPolicy.size(), kPolicy.size(), "Baseline");
  const auto* description = v1::PolicyBundle::descriptor()->file()->pool()->FindMessageTypeByName(name);
  return description == nullptr ? nullptr : pb::MessageFactory::generated_factory()->GetPrototype(description);
}

}  // namespace

std::string_view name(BaselineRefusal refusal) noexcept {
  switch (refusal) {
    case BaselineRefusal::malformed:
      return "malformed";
    case BaselineRefusal::bad_signature:
      return "bad_signature";
    case BaselineRefusal::wrong_device:
      return "wrong_device";
    case BaselineRefusal::unknown_section:
      return "unknown_section";
    case BaselineRefusal::older_revision:
      return "older_revision";
    case BaselineRefusal::conflict:
      return "conflict";
    case BaselineRefusal::not_approved:
      return "not_approved";
  }
  return "malformed";
}

Result<VerifiedBaseline> parse_baseline(ByteView payload) {
  KW_TRY(auto baseline, schema::parse<v1::Baseline>(payload, kMostBaselineOctets));
  if (baseline.version() != 1) return fail(Errc::unsupported, "baseline version");
  if (baseline.device_id().size() != 16) return fail(Errc::malformed, "baseline device id");
  if (baseline.section().empty() || baseline.section().size() > 32) return fail(Errc::malformed, "baseline section");
  if (baseline.revision() == 0) return fail(Errc::malformed, "baseline revision");
  if (baseline.content().size() > kMostBaselineContent) return fail(Errc::too_large, "baseline content");
  return VerifiedBaseline{std::move(baseline), crypto::sm3(payload)};
}

BaselineDecision accept_baseline(const HeldBaseline& held, const VerifiedBaseline& offered, const DeviceId& device) {
  const auto& baseline = offered.baseline;
  if (!equal(bytes_of(baseline.device_id()), device.bytes())) return BaselineRefusal::wrong_device;
  if (find_section(baseline.section()) == nullptr) return BaselineRefusal::unknown_section;
  if (baseline.revision() < held.revision) return BaselineRefusal::older_revision;
  if (baseline.revision() > held.revision) return BaselineVerdict::taken;
  if (offered.digest != held.digest) return BaselineRefusal::conflict;
  return BaselineVerdict::unchanged;
}

Result<std::string> baseline_json(std::string_view section, ByteView content) {
  if (content.size() > kMostBaselineContent) return fail(Errc::too_large, "baseline content");
  const auto* prototype = prototype_of(section);
  if (prototype == nullptr) return fail(Errc::unsupported, "no message for this section's baseline");
  const std::unique_ptr<pb::Message> message(prototype->New());
  if (!message->ParseFromArray(content.data(), static_cast<int>(content.size())))
    return fail(Errc::malformed, "not the section's baseline");
  return boost::json::serialize(message_json(*message));
}

}  // namespace kw::policy
