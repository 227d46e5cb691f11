#pragma once
// Stand is what a simulated kiosk's guard knows: the policy that it has taken, whether it is cut, its own liveness key.
//
// Bundles and orders are verified as the agent does, against the rule that came with the approval; then they are noted
// and reported, and nothing is enforced. PURE but for the key. Not thread-safe.
#include <functional>
#include <string>

#include "crypto/sm2.h"
#include "kioskward/v1/link.pb.h"
#include "pki/signed.h"
#include "policy/bundle.h"

namespace kw::fleet {

namespace v1 = ::kioskward::v1;

class Stand {
 public:
  using Tell = std::function<void(v1::Event)>;  // hears what the kiosk has to tell
  static Result<Stand> make(DeviceId device, pki::CommandRule rule, std::string boot_id);

  v1::PolicyReport take_policy(const v1::Signed& bundle, Timestamp now, const Tell& tell);
  v1::OrderReport take_order(const v1::Signed& order, Timestamp now, const Tell& tell);
  v1::PersonsReport take_persons(const v1::Signed& rule);
  v1::BaselineReport take_baseline(const v1::Signed& baseline) const;

  /// cut notes an incident's case; the first one stays until its release.
  void cut(const std::string& case_id);
  [[nodiscard]] bool is_cut() const noexcept { return !case_id_.empty(); }
  [[nodiscard]] std::uint64_t revision() const noexcept { return in_force_.revision; }

  void fill(v1::AdmissionReport& report) const;
  /// fill completes a heartbeat, with the answer to the platform's nonce where there is one.
  Result<> fill(v1::Heartbeat& beat, const std::string& nonce, Duration boot_time);

 private:
  Stand(DeviceId device, pki::CommandRule rule, std::string boot_id, crypto::Sm2PrivateKey key)
      : device_(device), rule_(std::move(rule)), boot_id_(std::move(boot_id)), key_(std::move(key)) {}
  [[nodiscard]] v1::DeviceState state() const noexcept { return is_cut() ? v1::CUT : v1::NORMAL; }
  [[nodiscard]] std::string digest() const;
  /// carry_out gives the reason for a refusal; empty where the order is done.
  std::string carry_out(const v1::Order& order, Timestamp now, const Tell& tell);

  DeviceId device_;
  pki::CommandRule rule_;
  std::string boot_id_;
  crypto::Sm2PrivateKey key_;  // for liveness
  policy::InForce in_force_;
  std::uint64_t persons_ = 0, counter_ = 0;
  std::string case_id_;
};

}  // namespace kw::fleet
