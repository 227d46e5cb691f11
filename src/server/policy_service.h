#pragma once
// PolicyService checks, publishes and hands out policy: one common part for all kiosks, one signed bundle a device.
//
//   publish ──> published, bundles for every device
//           └─ the rule of persons asks for signatures ──> waiting ── signed ──> published, bundles with the approval
//                                                                  └─ withdrawn, lapsed ──> withdrawn
// Revisions rise by one; a bundle carries its policy's revision. One at a time waits. Thread-safe.
#include "kioskward/v1/network.pb.h"
#include "policy/check.h"
#include "policy/template.h"
#include "server/auth_service.h"
#include "server/config.h"
#include "server/platform_keys.h"
#include "server/signing_service.h"

namespace kioskward::v1 {
class PolicyBundle;
}

namespace kw::server {

struct PolicyVerdict {
  bool ok = false;
  std::vector<policy::Problem> problems;
  std::string compiled;  // nft text for a sample device; empty where it is not ok
};
struct Published {
  std::optional<store::Policy> policy;  // absent where the verdict is not ok
  PolicyVerdict verdict;
};

class PolicyService {
 public:
  PolicyService(Changes& changes, const PlatformKeys& keys, SigningService& signings,
                const std::vector<ListenAddress>& platform);

  /// check judges a template. A template that is not of the form gives one problem with code "malformed" or the
  /// error's.
  [[nodiscard]] PolicyVerdict check(const std::string& template_json) const;
  /// publish: Errc::conflict where `base_revision` is not the newest; problems of content are in the verdict. Signs a
  /// bundle for each enabled device; a device whose binding does not take the policy fails the whole publication
  /// (Errc::invalid, or Errc::too_large above what the link carries; its name in the detail).
  /// `defence` holds the sections of the kiosk's defence as JSON; without it those of the revision before stay, so that
  /// who knows the network part alone does not switch the defence off.
  Result<Published> publish(std::uint64_t base_revision, const std::string& template_json, const std::string& note,
                            std::uint64_t valid_days, const Actor& who, const std::optional<std::string>& defence = {});
  /// check_defence judges sections alone; publish() judges them again beside the network part, for each device.
  [[nodiscard]] PolicyVerdict check_defence(const std::string& defence_json) const;
  Result<std::vector<store::Policy>> list();
  Result<store::Policy> get(std::uint64_t revision);

  /// renew publishes what is in force once more where its approval does not satisfy the rule of persons (any more):
  /// kiosks that come new would refuse it.
  Result<> renew(Change& change, const Actor& who);

  /// make_bundle signs and stores the newest policy for one device within a change; nothing where none was published.
  Result<std::optional<v1::Signed>> make_bundle(Change& change, const store::Device& device);

 private:
  /// issue stores a policy and publishes it, or asks persons first.
  Result<> issue(Change& change, store::Policy& policy, const Actor& who);
  Result<> ask_persons(Change& change, const store::Policy& policy, const Actor& who);
  Result<> publish_now(Change& change, const store::Policy& policy, const Actor& who);
  Result<> complete(Change& change, const store::Signing& signing, const Actor& who);
  /// common_of makes the part of the bundles that is the same for every kiosk.
  Result<Bytes> common_of(const store::Policy& policy) const;
  /// shared_of reads once what all bundles of a policy have alike; the policy must outlive it.
  struct Shared;
  Result<Shared> shared_of(const store::Policy& policy) const;
  /// payload_for makes one device's bundle and judges it as the kiosk will.
  Result<Bytes> payload_for(const store::Device& device, const Shared& shared, const BundleId& id, Timestamp now) const;
  Result<v1::Signed> sign_for(Change& change, const store::Device& device, const Shared& shared);
  Changes& changes_;
  const PlatformKeys& keys_;
  SigningService& signings_;
  std::vector<v1::Endpoint> platform_;
};

}  // namespace kw::server
