#pragma once
// NetworkEnforcer is the privileged side of the network part: it holds the kernel's rules to signed policy and to cuts.
//
//   state   | apply_policy          | cut                    | release order         | read_back
//   normal  | verify, apply, store  | kernel, store -> cut   | refused wrong_state   | compare, repair
//   cut     | the same, stays cut   | done, first case stays | kernel, store -> normal | compare, repair both tables
// It trusts nobody's word: bundles and orders are verified here against the command rule. A bundle is stored before it
// is called applied; the last good one stays in force otherwise. Not thread-safe. Blocks for nft and the disk.
#include <optional>

#include "agent/enforcer/orders.h"
#include "base/log.h"
#include "device/ports.h"
#include "policy/bundle.h"
#include "policy/plan.h"

namespace kw::agent {

/// What restore() found at the start.
struct Restored {
  bool cut = false;      // the stored state says so, or the kernel had tripped
  bool tripped = false;  // the kernel cut the network while no agent was there
};

class NetworkEnforcer final : public device::Enforcer {
 public:
  struct Ports {
    const Persons& persons;
    device::RulesetPort* ruleset;  // null: watch mode, nothing is enforced; an order to cut is refused as "watching"
    const Clock& clock;
    Random& random;
    Log& log;
  };
  /// `state` and the ports must outlive the enforcer.
  static Result<std::unique_ptr<NetworkEnforcer>> open(const StateDirectory& state, Command command, Ports ports);

  /// restore puts the stored cut back first, then the stored policy. Call it before anything else: it fails closed.
  Result<Restored> restore();
  v1::EnforceReply handle(const v1::EnforceRequest& request) override;

 private:
  NetworkEnforcer(const StateDirectory& state, Command command, Ports ports, OrderBook orders)
      : state_(state), command_(std::move(command)), ports_(ports), orders_(std::move(orders)) {}

  struct Outcome {
    std::string_view outcome = "done";
    std::string reason;
  };
  static Outcome refused(std::string_view reason) { return {"refused", std::string(reason)}; }
  static Outcome failed(const Error& error) { return {"failed", error.text()}; }

  Result<> approved(const policy::VerifiedBundle& offered) const;
  Outcome apply_policy(const v1::Signed& object);
  Outcome cut(const v1::CutRequest& request);
  Outcome order(const v1::Signed& object);
  Outcome uninstall(const v1::Signed& object);
  Outcome release(const VerifiedOrder& order);
  Outcome read_back();

  Result<> load_policy();
  Result<> load_cut();
  Result<> apply_and_note(const policy::CompiledNetwork& compiled);
  Result<> apply_cut_table();
  Result<bool> kernel_tripped();
  Result<std::optional<crypto::Digest>> observe(std::string_view table);
  [[nodiscard]] v1::CutRequest new_cut(std::string_view cause);
  void fill_state(v1::EnforceState& state);

  const StateDirectory& state_;
  Command command_;
  Ports ports_;
  OrderBook orders_;
  policy::InForce in_force_;
  policy::CompiledNetwork compiled_;
  std::optional<crypto::Digest> wanted_policy_, wanted_cut_;  // as read back right after applying
  std::optional<v1::CutRequest> cut_;
  bool matches_ = true;
};

}  // namespace kw::agent
