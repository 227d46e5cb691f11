#pragma once
// HardwareDefence holds a kiosk's components against the approved baseline, and isolates it when one changed
// (clauses 5.5, 6.1-a).
//
// Looks every kLookEvery. What hangs on a cable must be gone for kUnpluggedFor before that counts. In ENFORCE a
// deviation cuts the network unless a replacement order covers exactly it; once every deviation is covered, what is
// there now is proposed as the new baseline. Ordered replacements are kept over restarts: a part is changed with the
// power off.
#include <map>
#include <memory>
#include <set>

#include "device/defence.h"
#include "device/hardware/inventory.h"

namespace kw::agent {

class HardwareDefence final : public device::Defence {
 public:
  /// `permit_boot_change` lets the TPM give the keys out in another measured state too, until the time given.
  using PermitBootChange = std::function<Result<>(Timestamp until)>;
  explicit HardwareDefence(std::unique_ptr<device::HardwarePort> port, PermitBootChange permit_boot_change = {})
      : port_(std::move(port)), permit_boot_change_(std::move(permit_boot_change)) {}

  [[nodiscard]] std::string_view section() const noexcept override { return "hardware"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  Result<> order(const device::v1::Order& order) override;
  Result<> baseline(const device::v1::Baseline& baseline) override;
  void released() override;
  [[nodiscard]] bool holds() const override { return holds_; }
  void stop() override { mode_ = device::v1::OFF; }

  static constexpr Duration kLookEvery = std::chrono::seconds(10);
  static constexpr Duration kUnpluggedFor = std::chrono::seconds(30);

 private:
  Result<> look();
  void judge(const device::HardwareSeen& seen);
  [[nodiscard]] std::vector<device::HardwareDeviation> standing(const device::HardwareSeen& seen, bool& settling);
  void tell(const std::vector<device::HardwareDeviation>& deviations);
  void tell_one(const device::HardwareDeviation& one, bool isolate, const RawId& case_id);
  void tell_facts(const device::HardwareSeen& seen, const std::vector<device::HardwareDeviation>& deviations);
  void propose(const device::HardwareSeen& seen);
  void load_replacements();
  Result<> keep_replacements();

  std::unique_ptr<device::HardwarePort> port_;
  PermitBootChange permit_boot_change_;
  device::DefenceHost* host_ = nullptr;
  device::v1::Mode mode_ = device::v1::OFF;
  std::set<device::HardwareKind> told_only_;
  std::set<std::string> readers_;
  std::optional<std::vector<device::HardwarePart>> bound_;  // the approved baseline
  device::v1::HardwareReplacements replacements_;
  std::optional<device::HardwareSeen> last_;
  Bytes proposed_;
  std::map<std::string, Duration> since_;                  // deviation -> first seen, steady
  std::map<std::string, device::HardwareDeviation> told_;  // what stands
  Duration next_look_{0};
  bool holds_ = true;
};

}  // namespace kw::agent
