#pragma once
// PolicyService checks, publishes and hands out network policy: one template for all, one signed bundle a device.
//
// Revisions rise by one; a bundle carries its policy's revision. Thread-safe.
#include "kioskward/v1/network.pb.h"
#include "policy/check.h"
#include "policy/template.h"
#include "server/auth_service.h"
#include "server/config.h"
#include "server/platform_keys.h"

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
  PolicyService(Changes& changes, const PlatformKeys& keys, const std::vector<ListenAddress>& platform);

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

  /// make_bundle signs and stores the newest policy for one device within a change; nothing where none was published.
  Result<std::optional<v1::Signed>> make_bundle(Change& change, const store::Device& device);

 private:
  Result<v1::Signed> sign_for(Change& change, const store::Device& device, const store::Policy& policy,
                              const policy::NetworkTemplate& network, const v1::PolicyBundle& sections);
  Changes& changes_;
  const PlatformKeys& keys_;
  std::vector<v1::Endpoint> platform_;
};

}  // namespace kw::server
