#pragma once
// PeripheralDefence keeps what is plugged into a kiosk to what policy lets in (clause 5.4-a).
//
//   kernel's uevent, or each second ──> look (worker) ──> PeripheralWatch (host's thread) ──> changes (worker) ──> look
//
// One look is on its way at a time; news that come meanwhile cause the next. In ENFORCE new devices stay off until they
// are judged. USBGuard's daemon is the enforcer where it answers and policy does not say otherwise; when it is lost the
// kernel's files are, from the same second on, and it is asked again every kRetry.
// In OFF and WATCH a machine that was closed is opened again: by what close() found, or, where the kernel was started
// with usbcore.authorized_default=0 for this section's sake, entirely. What could not be opened is tried every kRetry.
// State: exceptions and condemned devices, in state_path("peripherals")/state; what was closed, in before.<enforcer>.
#include <memory>
#include <set>

#include "device/defence.h"
#include "device/peripherals/typing.h"
#include "device/peripherals/watch.h"

namespace kw::agent {

class PeripheralDefence final : public device::Defence {
 public:
  static constexpr Duration kRetry = std::chrono::seconds(10);
  static constexpr Duration kSave = std::chrono::seconds(60);
  static constexpr Duration kAskModule = std::chrono::seconds(60);
  static constexpr int kRounds = 4;  // of look and change without news; then the next second's turn

  /// Offload runs a job elsewhere; jobs handed to one Offload run one after the other.
  using Offload = std::function<void(std::function<void()>)>;
  struct Ports {
    std::unique_ptr<device::PeripheralPort> kernel;
    std::unique_ptr<device::PeripheralPort> usbguard;  // null: not on this machine
    std::unique_ptr<device::HotplugPort> hotplug;
    std::unique_ptr<device::KeyPort> keys;
    std::unique_ptr<device::ModulePort> modules;
    Offload work;               // looks and changes
    Offload ask;                // questions to readers, which may take a second each
    std::function<void()> end;  // after it no job runs any more
  };
  explicit PeripheralDefence(Ports ports) : ports_(std::move(ports)) {}

  [[nodiscard]] std::string_view section() const noexcept override { return "peripherals"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const device::v1::PolicyBundle& policy) override;
  void tick() override;
  Result<> order(const device::v1::Order& order) override;
  [[nodiscard]] bool holds() const override { return holds_; }
  void stop() override;

 private:
  using Tapped = device::PeripheralWatch::Tapped;
  struct Tap {
    int fd = -1;
    device::TypingGauge gauge;
  };
  struct Applied {
    std::vector<std::pair<std::string, Error>> failed;  // by handle
    bool closed = false;
    std::optional<Error> not_closed;
  };

  // passes
  void want(Duration noticed);
  void look();
  void looked(device::PeripheralPort* port, const Result<device::PeripheralsSeen>& seen);
  void apply(device::PeripheralPort* port, device::PeripheralWatch::Step step);
  void applied(device::PeripheralPort* port, const Applied& done);
  void tell(device::PeripheralWatch::Step& step);
  void on_news();
  [[nodiscard]] device::PeripheralPort* enforcer();
  void enforcer_lost(device::PeripheralPort* port, const Error& error);
  // opening what was closed
  void open(device::PeripheralPort* port, const device::PeripheralsSeen& seen);
  [[nodiscard]] std::string before_path(const device::PeripheralPort& port) const;
  void opened(const std::vector<device::PeripheralPort*>& doors, const std::optional<Error>& failed, bool whole);
  // keys and modules
  void tap_keyboards();
  void untap(const Tapped& which);
  void on_keys(const Tapped& which);
  void caught(const std::string& handle, device::v1::Event event, const std::string& reason);
  void ask_modules();
  void module_told(const Tapped& which, const Result<std::string>& number);
  // exceptions
  Result<> permit(const device::v1::Order& order);
  Result<> revoke(const device::v1::Order& order);
  Result<> pardon(const device::v1::Order& order);
  Result<> adopt(device::Tickets changed);
  Result<> save(const device::Tickets& tickets);
  void load();
  void expire();

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::string dir_;
  device::v1::PeripheralPolicy policy_;
  device::PeripheralWatch watch_;
  device::Tickets tickets_;
  std::map<Tapped, Tap> taps_;
  std::set<Tapped> caught_;
  std::map<Tapped, Duration> asked_;  // when a reader is to be asked again
  std::set<Tapped> unread_;
  bool busy_ = false, again_ = false, holds_ = true, opened_ = false, stopped_ = true;
  bool renew_ = false;                         // the enforcer has yet to get the policy in force
  bool guarding_ = false, lost_told_ = false;  // USBGuard: in use; its loss was told
  Duration retry_{0}, noticed_{0}, saved_{0}, reopen_{0};
  int rounds_ = 0;
  int hotplug_ = -1;
  std::string failed_, not_opened_, not_closed_;  // the last failures of a look, of opening and closing, as logged
};

}  // namespace kw::agent
