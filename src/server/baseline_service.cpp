#include "server/baseline_service.h"

#include "kioskward/v1/device.pb.h"
#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::server {

BaselineService::BaselineService(Changes& changes, const PlatformKeys& keys, SigningService& signings)
    : changes_(changes), keys_(keys), signings_(signings) {
  const auto complete = [](Change& change, const store::Signing& signing, const Actor&) -> Result<> {
    KW_TRY(const auto id, BaselineId::parse(signing.subject));
    KW_CHECK(change.repositories().baselines().complete(id, signing.object));
    change.baseline_made(signing.device);
    change.device_changed(signing.device);
    return {};
  };
  const auto dropped = [](Change& change, const store::Signing& signing, const Actor&) -> Result<> {
    KW_TRY(const auto id, BaselineId::parse(signing.subject));
    change.device_changed(signing.device);
    return change.repositories().baselines().drop(id, "not signed: " + signing.decision);
  };
  signings_.set_hooks("baseline", {complete, dropped});
}

Result<std::vector<store::Baseline>> BaselineService::of_device(const DeviceId& device) {
  return changes_.store().read([&](store::Repositories& r) -> Result<std::vector<store::Baseline>> {
    KW_CHECK(r.devices().get(device));
    return r.baselines().of_device(device);
  });
}

Result<store::Baseline> BaselineService::get(const BaselineId& id) {
  return changes_.store().read([&](auto& r) { return r.baselines().get(id); });
}

Result<> BaselineService::sign(Change& change, store::Baseline& baseline, const Actor& who) {
  KW_TRY(const auto newest, change.repositories().baselines().newest_revision(baseline.device, baseline.section));
  baseline.revision = newest + 1;
  v1::Baseline wire;
  wire.set_version(1);
  wire.set_device_id(copy_text(baseline.device.bytes()));
  wire.set_section(baseline.section);
  wire.set_revision(baseline.revision);
  wire.set_content(copy_text(baseline.content));
  wire.set_approved_ns(baseline.decided->unix_ns);
  KW_TRY(const auto object, pki::sign_object("baseline", schema::serialise(wire), keys_.command_key()));
  KW_TRY(const auto needed, SigningService::needed(change.repositories(), pki::PersonAct::baseline));
  if (needed == 0) {
    baseline.signed_octets = schema::serialise(object);
    change.baseline_made(baseline.device);
    return {};
  }
  SigningDraft draft;
  draft.kind = "baseline";
  draft.subject = baseline.id.text();
  draft.device = baseline.device;
  draft.act = pki::PersonAct::baseline;
  draft.object = object;
  draft.words = {{"section", baseline.section},
                 {"revision", std::to_string(baseline.revision)},
                 {"digest", to_hex(baseline.digest)},
                 {"reason", baseline.reason}};
  draft.expires = *baseline.decided + SigningService::kValidity;
  KW_CHECK(signings_.ask(change, std::move(draft), who));
  return {};
}

Result<store::Baseline> BaselineService::decide(const BaselineId& id, store::BaselineState state,
                                                const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Baseline> {
    auto& r = change.repositories();
    KW_TRY(auto baseline, r.baselines().get(id));
    if (baseline.state != store::BaselineState::proposed)
      return fail(Errc::wrong_state, std::string(name(baseline.state)));
    baseline.state = state;
    baseline.decided = changes_.clock().now();
    baseline.decided_by = who.person;
    baseline.reason = reason;
    std::map<std::string, std::string> params{
        {"section", baseline.section}, {"digest", to_hex(baseline.digest)}, {"reason", reason}};
    const bool approved = state == store::BaselineState::approved;
    if (approved) {
      KW_TRY(const auto device, r.devices().get(baseline.device));
      if (device.disabled) return fail(Errc::wrong_state, "the device is disabled");
      KW_CHECK(sign(change, baseline, who));
      params["revision"] = std::to_string(baseline.revision);
    }
    KW_CHECK(r.baselines().decide(baseline));
    KW_CHECK(change.record({.type = approved ? "baseline.approved" : "baseline.rejected",
                            .actor = who,
                            .device = baseline.device,
                            .params = std::move(params)}));
    change.device_changed(baseline.device);
    return baseline;
  });
}

Result<store::Baseline> BaselineService::approve(const BaselineId& id, const std::string& reason, const Actor& who) {
  return decide(id, store::BaselineState::approved, reason, who);
}
Result<store::Baseline> BaselineService::reject(const BaselineId& id, const std::string& reason, const Actor& who) {
  return decide(id, store::BaselineState::rejected, reason, who);
}

}  // namespace kw::server
