#include "server/policy_service.h"

#include <charconv>

#include "crypto/sm3.h"
#include "kioskward/v1/policy.pb.h"
#include "pki/signed.h"
#include "policy/bundle.h"
#include "policy/checked.h"
#include "policy/compile.h"
#include "policy/sections/section.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

const std::string kNoSections = "{}";
// The link carries 1 MiB; signatures and the envelope around the payload take the rest.
constexpr std::size_t kMostPayload = policy::kMostBundleOctets - 4096;

Bytes digest_of_octets(ByteView octets) {
  const auto digest = crypto::sm3(octets);
  return {digest.begin(), digest.end()};
}

/// What a revision's digest stands for; revisions from before the defence had sections keep theirs.
Bytes digest_of_policy(const store::Policy& policy) {
  return digest_of_octets(bytes_of(
      policy.defence_json == kNoSections ? policy.template_json : policy.template_json + "\n" + policy.defence_json));
}

/// problem_of makes a finding of a text that does not have the form: "/place: what is wrong", ": what is wrong".
policy::Problem problem_of(const Error& error) {
  const auto& detail = error.detail();
  const auto colon = detail.find(": ");
  const bool has_path = colon == 0 || (detail.starts_with('/') && colon != std::string::npos);
  return {has_path ? detail.substr(0, colon) : std::string(), std::string(name(error.code())),
          has_path ? detail.substr(colon + 2) : detail, false};
}

policy::DeviceBinding binding_of(const store::Device& device) {
  return {device.interface, device.mac, device.address, device.gateway, ""};
}
// RFC 2544's range: the compiled text of the check is about no machine in particular.
policy::DeviceBinding sample_binding() { return {"eth0", "02:00:00:00:00:01", "198.18.10.10/24", "198.18.10.1", ""}; }

constexpr std::size_t kMostApprovalObject = 64U << 10;

/// A bundle lives for the policy's days, but not beyond what persons have approved.
Timestamp expiry_of(const store::Policy& policy, Timestamp from) {
  const auto days = std::chrono::hours(24) * static_cast<std::int64_t>(policy.valid_days);
  if (policy.approval.empty()) return from + days;
  return std::min(from, policy.published) + days;
}

Result<std::uint64_t> revision_of(const store::Signing& signing) {
  std::uint64_t out = 0;
  const auto* end = signing.subject.data() + signing.subject.size();
  if (const auto read = std::from_chars(signing.subject.data(), end, out); read.ec != std::errc() || read.ptr != end)
    return fail(Errc::corrupt, "subject of a signing");
  return out;
}

/// taken judges the finished bundle as the kiosk will: sections may look at the network part that is bound here.
Result<> taken(const v1::PolicyBundle& bundle) {
  KW_CHECK(policy::check_policy(bundle.network()));
  for (const auto& problem : policy::check_sections(bundle))
    if (!problem.warning) return fail(Errc::invalid, problem.path + ": " + problem.detail);
  return {};
}

}  // namespace

PolicyService::PolicyService(Changes& changes, const PlatformKeys& keys, SigningService& signings,
                             const std::vector<ListenAddress>& platform)
    : changes_(changes), keys_(keys), signings_(signings) {
  signings_.set_hooks("policy", {[this](Change& change, const store::Signing& signing, const Actor& who) {
                                   return complete(change, signing, who);
                                 },
                                 [](Change& change, const store::Signing& signing, const Actor&) -> Result<> {
                                   store::Policy policy;
                                   KW_TRY(policy.revision, revision_of(signing));
                                   policy.state = store::PolicyState::withdrawn;
                                   change.policy_changed(policy.revision);
                                   return change.repositories().policies().decide(policy);
                                 }});
  for (const auto& address : platform) {
    v1::Endpoint endpoint;
    endpoint.set_name("platform-" + std::to_string(platform_.size() + 1));
    endpoint.set_address(address.address);
    endpoint.set_protocol(v1::TCP);
    auto* ports = endpoint.add_ports();
    ports->set_first(address.port);
    ports->set_last(address.port);
    platform_.push_back(std::move(endpoint));
  }
}

PolicyVerdict PolicyService::check(const std::string& template_json) const {
  PolicyVerdict out;
  auto network = policy::parse_template(template_json);
  if (!network) {
    out.problems.push_back(problem_of(network.error()));
    return out;
  }
  out.problems = policy::check(*network);
  out.ok = policy::acceptable(out.problems);
  if (!out.ok) return out;
  auto wire = policy::bind(*network, sample_binding(), platform_);
  if (wire) {
    if (auto checked = policy::check_policy(*wire)) {
      out.compiled = policy::compile(*checked).policy_script;
      return out;
    }
  }
  out.ok = false;
  out.problems.push_back(
      {"", "invalid", wire ? "the bound policy does not pass its own check" : wire.error().detail(), false});
  return out;
}

PolicyVerdict PolicyService::check_defence(const std::string& defence_json) const {
  PolicyVerdict out;
  v1::PolicyBundle sections;
  if (const auto parsed = policy::parse_sections(defence_json, sections); !parsed) {
    out.problems.push_back(problem_of(parsed.error()));
    return out;
  }
  out.problems = policy::check_sections(sections);
  out.ok = policy::acceptable(out.problems);
  return out;
}

Result<Bytes> PolicyService::common_of(const store::Policy& policy) const {
  KW_TRY(const auto network, policy::parse_template(policy.template_json));
  v1::PolicyBundle out;
  KW_CHECK(policy::parse_sections(policy.defence_json, out));
  KW_TRY(*out.mutable_network(), policy::bind(network, sample_binding(), platform_));
  out.mutable_network()->clear_interface();
  return schema::serialise(out);
}

struct PolicyService::Shared {
  const store::Policy& policy;
  policy::NetworkTemplate network;
  std::string common;
  std::optional<v1::Signed> approval;
};

Result<PolicyService::Shared> PolicyService::shared_of(const store::Policy& policy) const {
  Shared out{policy, {}, copy_text(policy.common), {}};
  KW_TRY(out.network, policy::parse_template(policy.template_json));
  if (out.common.empty()) {  // revisions from before there was a common part have none stored
    KW_TRY(const auto made, common_of(policy));
    out.common = copy_text(made);
  }
  if (!policy.approval.empty()) {
    KW_TRY(out.approval, schema::parse<v1::Signed>(policy.approval, kMostApprovalObject));
  }
  return out;
}

Result<Bytes> PolicyService::payload_for(const store::Device& device, const Shared& shared, const BundleId& id,
                                         Timestamp now) const {
  auto bound = policy::bind(shared.network, binding_of(device), platform_);
  if (!bound) return bound.error().within(device.name);
  v1::PolicyBundle bundle;
  bundle.set_version(1);
  bundle.set_bundle_id(copy_text(id.bytes()));
  bundle.set_revision(shared.policy.revision);
  bundle.set_device_id(copy_text(device.id.bytes()));
  bundle.set_not_before_ns((now - std::chrono::minutes(5)).unix_ns);  // a kiosk's clock may lag a little
  bundle.set_expires_ns(expiry_of(shared.policy, now).unix_ns);
  *bundle.mutable_network()->mutable_interface() = bound->interface();
  bundle.set_common(shared.common);
  if (shared.approval) *bundle.mutable_approval() = *shared.approval;
  auto payload = schema::serialise(bundle);
  if (payload.size() > kMostPayload)
    return fail(Errc::too_large, device.name + ": " + std::to_string(payload.size()) + " octets in one bundle");
  KW_TRY(const auto whole, policy::parse_bundle(payload));
  if (auto good = taken(whole.bundle); !good) return good.error().within(device.name);
  return payload;
}

Result<v1::Signed> PolicyService::sign_for(Change& change, const store::Device& device, const Shared& shared) {
  store::Bundle row;
  row.made = changes_.clock().now();
  row.id = BundleId::make(row.made, changes_.random());
  row.device = device.id;
  row.revision = shared.policy.revision;
  row.expires = expiry_of(shared.policy, row.made);
  KW_TRY(const auto payload, payload_for(device, shared, row.id, row.made));
  row.digest = digest_of_octets(payload);
  KW_TRY(auto object, pki::sign_object("policy", payload, keys_.command_key()));
  row.signed_octets = schema::serialise(object);
  KW_CHECK(change.repositories().bundles().insert(row));
  KW_CHECK(change.repositories().devices().set_wanted(device.id, row.revision));
  change.bundle_made(device.id);
  change.device_changed(device.id);
  return object;
}

Result<> PolicyService::ask_persons(Change& change, const store::Policy& policy, const Actor& who) {
  v1::PolicyApproval approval;
  approval.set_version(1);
  approval.set_revision(policy.revision);
  approval.set_common(copy_text(crypto::sm3(policy.common)));
  approval.set_not_after_ns(expiry_of(policy, policy.published).unix_ns);
  SigningDraft draft;
  draft.kind = "policy";
  draft.subject = std::to_string(policy.revision);
  draft.act = pki::PersonAct::policy;
  KW_TRY(draft.object, pki::sign_object("policy-approval", schema::serialise(approval), keys_.command_key()));
  draft.words = {{"revision", draft.subject}, {"note", policy.note}, {"digest", to_hex(policy.digest)}};
  draft.expires = policy.published + SigningService::kValidity;
  KW_CHECK(signings_.ask(change, std::move(draft), who));
  return {};
}

Result<> PolicyService::publish_now(Change& change, const store::Policy& policy, const Actor& who) {
  KW_TRY(const auto devices, change.repositories().devices().enabled());
  KW_TRY(const auto shared, shared_of(policy));
  for (const auto& device : devices) KW_CHECK(sign_for(change, device, shared));
  KW_CHECK(change.record({.type = "policy.published",
                          .actor = who,
                          .params = {{"revision", std::to_string(policy.revision)},
                                     {"digest", to_hex(policy.digest)},
                                     {"devices", std::to_string(devices.size())},
                                     {"note", policy.note}}}));
  change.policy_changed(policy.revision);
  return {};
}

Result<> PolicyService::issue(Change& change, store::Policy& policy, const Actor& who) {
  policy.publisher = who.person;
  policy.published = changes_.clock().now();
  policy.digest = digest_of_policy(policy);
  KW_TRY(policy.common, common_of(policy));
  KW_TRY(const auto needed, SigningService::needed(change.repositories(), pki::PersonAct::policy));
  policy.state = needed == 0 ? store::PolicyState::published : store::PolicyState::waiting;
  KW_CHECK(change.repositories().policies().insert(policy));
  if (needed == 0) return publish_now(change, policy, who);
  change.policy_changed(policy.revision);
  // What no kiosk could take is found before persons are asked to sign it.
  KW_TRY(const auto devices, change.repositories().devices().enabled());
  KW_TRY(const auto shared, shared_of(policy));
  for (const auto& device : devices)
    KW_CHECK(payload_for(device, shared, BundleId::make(policy.published, changes_.random()), policy.published));
  return ask_persons(change, policy, who);
}

Result<> PolicyService::complete(Change& change, const store::Signing& signing, const Actor& who) {
  auto& policies = change.repositories().policies();
  KW_TRY(const auto revision, revision_of(signing));
  KW_TRY(auto policy, policies.get(revision));
  policy.state = store::PolicyState::published;
  policy.approval = signing.object;
  KW_CHECK(policies.decide(policy));
  return publish_now(change, policy, who);
}

Result<> PolicyService::renew(Change& change, const Actor& who) {
  auto& r = change.repositories();
  auto policy = r.policies().latest();
  if (!policy && policy.code() == Errc::not_found) return {};
  if (!policy) return policy.error();
  KW_TRY(const auto rule, SigningService::rule(r));
  if (!rule || rule->needed_for(pki::PersonAct::policy) == 0) return {};
  if (!policy->approval.empty()) {
    KW_TRY(const auto approval, schema::parse<v1::Signed>(policy->approval, kMostApprovalObject));
    if (pki::approved_by(approval, "policy-approval", *rule, pki::PersonAct::policy)) return {};
  }
  KW_TRY(const auto waiting, r.signings().waiting_of_kind("policy"));
  if (waiting > 0) return {};  // what waits takes its place
  KW_TRY(const auto newest, r.policies().newest_revision());
  policy->revision = newest + 1;
  policy->approval.clear();
  return issue(change, *policy, who);
}

Result<Published> PolicyService::publish(std::uint64_t base_revision, const std::string& template_json,
                                         const std::string& note, std::uint64_t valid_days, const Actor& who,
                                         const std::optional<std::string>& defence) {
  Published out;
  out.verdict = check(template_json);
  if (out.verdict.ok && defence) {
    auto judged = check_defence(*defence);
    out.verdict.ok = judged.ok;
    out.verdict.problems.insert(out.verdict.problems.end(), judged.problems.begin(), judged.problems.end());
  }
  if (!out.verdict.ok) return out;
  KW_TRY(auto network, policy::parse_template(template_json));
  auto published = changes_.run([&](Change& change) -> Result<store::Policy> {
    auto& r = change.repositories();
    auto newest = r.policies().latest();
    if (!newest && newest.code() != Errc::not_found) return newest.error();
    if ((newest ? newest->revision : 0) != base_revision) return fail(Errc::conflict, "a newer revision exists");
    KW_TRY(const auto waiting, r.signings().waiting_of_kind("policy"));
    if (waiting > 0) return fail(Errc::wrong_state, "another revision waits for signatures");
    KW_TRY(const auto highest, r.policies().newest_revision());
    store::Policy policy;
    policy.revision = highest + 1;
    policy.note = note;
    policy.template_json = policy::to_json(network);
    v1::PolicyBundle sections;
    const auto& text = defence ? *defence : newest ? newest->defence_json : kNoSections;
    if (auto parsed = policy::parse_sections(text, sections); !parsed)
      return parsed.error().within("sections of revision " + std::to_string(base_revision));
    policy.defence_json = policy::sections_json(sections);
    policy.valid_days = valid_days;
    KW_CHECK(issue(change, policy, who));
    return r.policies().get(policy.revision);
  });
  KW_TRY(out.policy, std::move(published));
  return out;
}

Result<std::vector<store::Policy>> PolicyService::list() {
  return changes_.store().read([](auto& r) { return r.policies().list(); });
}
Result<store::Policy> PolicyService::get(std::uint64_t revision) {
  return changes_.store().read([&](auto& r) { return r.policies().get(revision); });
}

Result<std::optional<v1::Signed>> PolicyService::make_bundle(Change& change, const store::Device& device) {
  auto newest = change.repositories().policies().latest();
  if (!newest) {
    if (newest.code() == Errc::not_found) return std::optional<v1::Signed>();
    return newest.error();
  }
  KW_TRY(const auto shared, shared_of(*newest));
  KW_TRY(auto object, sign_for(change, device, shared));
  change.policy_changed(newest->revision);
  return std::optional<v1::Signed>(std::move(object));
}

}  // namespace kw::server
