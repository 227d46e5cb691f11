#include "policy/bundle.h"

#include "policy/sections/section.h"
#include "schema/codec.h"

namespace kw::policy {
namespace {

RefusedBundle refused(BundleRefusal why, std::string detail = {}) { return {why, std::move(detail)}; }

bool is_for(const v1::PolicyBundle& bundle, const DeviceId& device) {
  return equal(bytes_of(bundle.device_id()), device.bytes());
}

BundleDecision content(const VerifiedBundle& offered) {
  auto policy = check_policy(offered.bundle.network());
  if (!policy) return refused(BundleRefusal::invalid, policy.error().detail());
  for (const auto& problem : check_sections(offered.bundle))
    if (!problem.warning) return refused(BundleRefusal::invalid, problem.path + ": " + problem.detail);
  return AcceptedBundle{offered.bundle.revision(), offered.digest, std::move(*policy)};
}

}  // namespace

std::string_view name(BundleRefusal refusal) noexcept {
  switch (refusal) {
    case BundleRefusal::malformed: return "malformed";
    case BundleRefusal::bad_signature: return "bad_signature";
    case BundleRefusal::wrong_device: return "wrong_device";
    case BundleRefusal::older_revision: return "older_revision";
    case BundleRefusal::not_yet_valid: return "not_yet_valid";
    case BundleRefusal::expired: return "expired";
    case BundleRefusal::invalid: return "invalid";
    case BundleRefusal::conflict: return "conflict";
    case BundleRefusal::apply_failed: return "apply_failed";
  }
  return "invalid";
}

Result<VerifiedBundle> parse_bundle(ByteView payload) {
  KW_TRY(auto bundle, schema::parse<v1::PolicyBundle>(payload, kMostBundleOctets));
  if (bundle.version() != 1) return fail(Errc::unsupported, "bundle version");
  if (bundle.bundle_id().size() != 16 || bundle.device_id().size() != 16) return fail(Errc::malformed, "bundle id, device id");
  if (bundle.revision() == 0) return fail(Errc::malformed, "bundle revision");
  if (bundle.not_before_ns() >= bundle.expires_ns()) return fail(Errc::malformed, "bundle validity");
  return VerifiedBundle{std::move(bundle), crypto::sm3(payload)};
}

// The order is fixed: whose, which, when, what. A bundle for another device tells nothing about this one's revisions.
BundleDecision accept(const InForce& in_force, const VerifiedBundle& offered, const DeviceId& device, Timestamp now) {
  const auto& bundle = offered.bundle;
  if (!is_for(bundle, device)) return refused(BundleRefusal::wrong_device);
  if (bundle.revision() < in_force.revision) return refused(BundleRefusal::older_revision);
  if (bundle.revision() == in_force.revision) {
    if (offered.digest == in_force.digest) return Unchanged{};
    return refused(BundleRefusal::conflict, "the revision in force has other content");
  }
  if (now.unix_ns < bundle.not_before_ns()) return refused(BundleRefusal::not_yet_valid);
  if (now.unix_ns >= bundle.expires_ns()) return refused(BundleRefusal::expired);
  return content(offered);
}

BundleDecision reload(const VerifiedBundle& stored, const DeviceId& device) {
  if (!is_for(stored.bundle, device)) return refused(BundleRefusal::wrong_device);
  return content(stored);
}

}  // namespace kw::policy
