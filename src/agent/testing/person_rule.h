#pragma once
// People are administrators with keys of their own, and the rules and signatures that they make.
#include <map>

#include "agent/testing/kiosk.h"
#include "kioskward/v1/policy.pb.h"
#include "pki/persons.h"

namespace kw::agent::testing {

struct People {
  std::map<std::string, crypto::Sm2PrivateKey> keys;
  People() {
    for (const auto* account : {"an", "bo", "cy"}) keys.emplace(account, must(crypto::Sm2PrivateKey::generate()));
  }
  /// Two for policy, uninstalling and the rule; one for release, actions and baselines; nobody for a cut.
  v1::Signed rule(PlatformSide& platform, const v1::Signed* before = nullptr) {
    v1::PersonRule out;
    out.set_version(1);
    out.set_revision(1);
    if (before != nullptr) {
      const auto last = must(pki::parse_person_rule(bytes_of(before->payload())));
      out.set_revision(last.revision + 1);
      out.set_previous(copy_text(last.digest));
    }
    for (const auto& [account, key] : keys) {
      auto& one = *out.add_keys();
      one.set_account(account);
      one.set_spki(copy_text(key.public_key().spki()));
    }
    out.set_policy(2);
    out.set_baseline(1);
    out.set_release(1);
    out.set_action(1);
    out.set_uninstall(2);
    out.set_rule(2);
    return must(pki::sign_object("persons", schema::serialise(out), platform.command));
  }
  v1::Signed sign(v1::Signed object, const std::vector<std::string>& who) {
    for (const auto& account : who)
      if (const auto done = pki::add_signature(object, keys.at(account)); !done)
        throw std::runtime_error(done.error().text());
    return object;
  }
  /// A bundle with a common part that `who` has approved; nobody: no approval in it.
  v1::Signed bundle(PlatformSide& platform, const DeviceId& device, std::uint64_t revision,
                    const std::vector<std::string>& who) {
    const auto plain = platform.bundle(device, revision);
    auto common = must(schema::parse<v1::PolicyBundle>(bytes_of(plain.payload()), 1U << 20));
    v1::PolicyBundle own;
    own.set_version(common.version());
    own.set_bundle_id(common.bundle_id());
    own.set_revision(revision);
    own.set_device_id(common.device_id());
    own.set_not_before_ns(common.not_before_ns());
    own.set_expires_ns(common.expires_ns());
    *own.mutable_network()->mutable_interface() = common.network().interface();
    {
      auto* clear = &common;
      clear->clear_version();
      clear->clear_bundle_id();
      clear->clear_revision();
      clear->clear_device_id();
      clear->clear_not_before_ns();
      clear->clear_expires_ns();
      clear->mutable_network()->clear_interface();
    }
    own.set_common(copy_text(schema::serialise(common)));
    if (!who.empty()) {
      v1::PolicyApproval approval;
      approval.set_version(1);
      approval.set_revision(revision);
      approval.set_common(copy_text(crypto::sm3(bytes_of(own.common()))));
      approval.set_not_after_ns(own.expires_ns());
      *own.mutable_approval() =
          sign(must(pki::sign_object("policy-approval", schema::serialise(approval), platform.command)), who);
    }
    return must(pki::sign_object("policy", schema::serialise(own), platform.command));
  }
};

}  // namespace kw::agent::testing
