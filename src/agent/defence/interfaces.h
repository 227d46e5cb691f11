#pragma once
// InterfaceDefence keeps the one network port of a kiosk as it is bound, and every other down (clauses 5.4-b, 8.2).
//
// A change that rtnetlink tells is judged at once, and everything once a second. In ENFORCE what differs is put right and
// looked at again, at most kRounds times; what stays wrong cuts the network. In WATCH each difference is told once, for
// as long as it stands. The gateway's MAC is that of the policy, or the one first seen, which is then kept.
#include <memory>
#include <set>

#include "device/defence.h"
#include "device/interfaces/interfaces.h"
#include "kioskward/v1/interfaces.pb.h"

namespace kw::agent {

class InterfaceDefence final : public device::Defence {
 public:
  explicit InterfaceDefence(std::unique_ptr<device::InterfacePort> port) : port_(std::move(port)) {}

  [[nodiscard]] std::string_view section() const noexcept override { return "interfaces"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void observe(const device::Observation& seen) override;
  void tick() override;
  void released() override { cut_told_ = false; }
  Result<> baseline(const device::v1::Baseline& baseline) override;
  [[nodiscard]] bool holds() const override { return holds_; }
  void stop() override { mode_ = device::v1::OFF; }

 private:
  static constexpr int kRounds = 4;
  using Told = std::set<std::string>;

  void pass();
  Result<device::InterfacesSeen> look();
  void enforce(std::vector<device::InterfaceChange> plan);
  void watch(const std::vector<device::InterfaceChange>& plan);
  void tell(const device::InterfaceChange& change, std::string_view result);
  void tell_failure(const device::InterfaceWord& word, const std::string& reason);
  void learn_gateway(const device::InterfacesSeen& seen);
  void check_origin();
  void tell_facts(const device::InterfacesSeen& seen);
  Result<> keep_gateway_mac();
  void load_gateway_mac();

  std::unique_ptr<device::InterfacePort> port_;
  device::DefenceHost* host_ = nullptr;
  device::v1::Mode mode_ = device::v1::OFF;
  device::InterfacesWanted wanted_;
  std::optional<::kioskward::v1::InterfaceBaseline> baseline_;
  bool proposed_ = false, scheduled_ = false, holds_ = true, cut_told_ = false;
  Told standing_;  // what was told and still stands
};

}  // namespace kw::agent
