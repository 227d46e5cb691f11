#pragma once
// RulesetMonitor tells when somebody else changes nftables: device::RulesetTouched, once per table of a transaction.
//
// The kernel ends each transaction with a generation message that names the process; transactions of processes for
// which `is_own` answers true are not told (NftRuleset::is_writer). Elements that rules add from packets (dynamic
// sets) are no transaction and are not told. A lost message becomes SensorLost{"ruleset", 1} and RulesetTouched{""}.
// Needs CAP_NET_ADMIN; works in the network namespace of the thread that calls start().
// In a PID namespace of its own the agent and the kernel number processes differently; then the netlink port, which
// nft takes from its own view of its pid, decides.
#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class RulesetMonitor final : public device::Sensor {
 public:
  using IsOwn = std::function<bool(std::uint32_t pid)>;
  explicit RulesetMonitor(IsOwn is_own);
  ~RulesetMonitor() override;

  [[nodiscard]] std::string name() const override { return "ruleset"; }
  Result<> start(Sink sink) override;
  void stop() override;
  /// snapshot is empty: what the rules are is RulesetPort::read_back's to tell.
  Result<std::vector<device::Observation>> snapshot() override;

 private:
  class Listener;
  IsOwn is_own_;
  SensorThread thread_;
};

}  // namespace kw::platform
