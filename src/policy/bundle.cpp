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

/// own_part is what one device's bundle has of its own; the rest is common to all.
v1::PolicyBundle own_part(const v1::PolicyBundle& bundle) {
  v1::PolicyBundle out;
  out.set_version(bundle.version());
  out.set_bundle_id(bundle.bundle_id());
  out.set_revision(bundle.revision());
  out.set_device_id(bundle.device_id());
  out.set_not_before_ns(bundle.not_before_ns());
  out.set_expires_ns(bundle.expires_ns());
  if (bundle.network().has_interface()) *out.mutable_network()->mutable_interface() = bundle.network().interface();
  return out;
}

Result<VerifiedBundle> joined(const v1::PolicyBundle& parts, ByteView payload) {
  auto own = own_part(parts);
  VerifiedBundle out{{}, crypto::sm3(payload), crypto::sm3(bytes_of(parts.common())), std::nullopt};
  KW_TRY(out.bundle, schema::parse<v1::PolicyBundle>(bytes_of(parts.common()), kMostBundleOctets));
  if (own_part(out.bundle).ByteSizeLong() != 0 || !out.bundle.common().empty() || out.bundle.has_approval())
    return fail(Errc::malformed, "a common part with a device's own");
  if (parts.has_approval()) out.approval = parts.approval();
  out.bundle.MergeFrom(own);
  own.set_common(parts.common());
  if (parts.has_approval()) *own.mutable_approval() = parts.approval();
  if (own.ByteSizeLong() != parts.ByteSizeLong()) return fail(Errc::malformed, "a device's part with what is common");
  return out;
}

}  // namespace

std::string_view name(BundleRefusal refusal) noexcept {
  switch (refusal) {
    case BundleRefusal::malformed:
      return "malformed";
    case BundleRefusal::bad_signature:
      return "bad_signature";
    case BundleRefusal::wrong_device:
      return "wrong_device";
    case BundleRefusal::older_revision:
      return "older_revision";
    case BundleRefusal::not_yet_valid:
      return "not_yet_valid";
    case BundleRefusal::expired:
      return "expired";
    case BundleRefusal::invalid:
      return "invalid";
    case BundleRefusal::conflict:
      return "conflict";
    case BundleRefusal::apply_failed:
      return "apply_failed";
    case BundleRefusal::not_approved:
      return "not_approved";
  }
  return "invalid";
}

Result<VerifiedBundle> parse_bundle(ByteView payload) {
  KW_TRY(auto bundle, schema::parse<v1::PolicyBundle>(payload, kMostBundleOctets));
  if (bundle.version() != 1) return fail(Errc::unsupported, "bundle version");
  if (bundle.bundle_id().size() != 16 || bundle.device_id().size() != 16)
    return fail(Errc::malformed, "bundle id, device id");
  if (bundle.revision() == 0) return fail(Errc::malformed, "bundle revision");
  if (bundle.not_before_ns() >= bundle.expires_ns()) return fail(Errc::malformed, "bundle validity");
  if (!bundle.common().empty()) return joined(bundle, payload);
  return VerifiedBundle{std::move(bundle), crypto::sm3(payload), std::nullopt, std::nullopt};
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
