#pragma once
// SystemDefence tells how the operating system departs from policy, closes its debug settings and clears users'
// leavings (clauses 6.4, 5.4-c, 7.4); SystemPurge does what belongs to a session's end.
//
// Looks every kLookEvery; what is installed is read every kPackagesEvery, on a thread of its own, as is clearing. In
// ENFORCE the kernel settings of close_debug are set, read back, and set again when somebody changes them; the
// machine's own values are kept and come back when the section no longer enforces them. Everything else is told for as
// long as it stands. A listener that policy does not list is blocked where the network part drops what comes in.
#include <atomic>
#include <map>
#include <memory>
#include <set>

#include "agent/defence/system_drill.h"
#include "agent/defence/system_purge.h"
#include "agent/defence/worker.h"
#include "device/defence.h"
#include "device/system/system.h"
#include "kioskward/v1/network.pb.h"

namespace kw::agent {

class SystemDefence final : public device::Defence {
 public:
  struct Ports {
    std::unique_ptr<device::SystemPort> port;  // used by two threads: look, set, owner here; packages, clear there
    /// runs long work; empty: on a thread of the defence's own.
    std::function<void(std::function<void()> job)> run{};
    std::unique_ptr<device::PurgePort> purge{};  // none: caches alone
    std::vector<std::string> users{};            // of the kiosk's programs, as the configuration names them
    SystemDrill::Ports drill{};
  };
  explicit SystemDefence(Ports ports)
      : ports_(std::move(ports)), purge_(std::move(ports_.purge), std::move(ports_.users)), drill_(std::move(ports_.drill)) {}
  ~SystemDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "system"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  std::string session_began() override;
  void session_ended() override;
  Result<> order(const device::v1::Order& order) override;
  /// asked: "drill" begins one, "drill result" gives what the last one came to.
  Result<std::string> asked(const std::string& what) override;
  /// holds: whether what can be enforced (kernel settings) is; findings alone do not degrade a kiosk.
  [[nodiscard]] bool holds() const override { return holds_; }
  void stop() override;

  static constexpr Duration kLookEvery = std::chrono::seconds(5);
  static constexpr Duration kPackagesEvery = std::chrono::hours(1);

 private:
  Result<> look();
  Result<> enforce_settings(device::SystemSeen& seen);
  Result<> put_back_settings();
  void name_owners(device::SystemSeen& seen);
  void tell_listeners(const std::vector<device::ListenerSeen>& unknown);
  void tell_findings(const device::SystemSeen& seen);
  void tell_facts(const device::SystemSeen& seen, std::size_t unknown);
  [[nodiscard]] bool dropped(const device::ListenerSeen& listener) const;

  void read_packages();
  void packages_read(const Result<device::PackagesSeen>& seen);
  void clear_when_due();
  /// clear: at a session's end what is young goes too.
  void clear(const std::string& reason, bool all = false);
  void clear_for_session();
  void drilled(Timestamp now);
  void cleared(const std::string& reason, bool trial, const device::Cleared& sum);

  void run(std::function<void()> job);
  void load_state();
  Result<> keep_state();

  Ports ports_;
  SystemPurge purge_;
  SystemDrill drill_;
  device::DefenceHost* host_ = nullptr;
  device::v1::Mode mode_ = device::v1::OFF;
  device::v1::SystemPolicy wanted_;
  device::v1::NetworkPolicy network_;
  device::v1::SystemState state_;
  std::vector<device::SystemFinding> sources_;         // of the last look at packages
  std::map<std::string, device::SystemFinding> told_;  // findings that stand
  std::map<std::string, device::ListenerSeen> listeners_told_;
  std::map<std::uint64_t, std::string> owners_;  // of sockets, by inode
  std::set<std::uint64_t> udp_before_;           // sockets of the look before
  std::set<std::string> closed_;                 // settings that this run has set
  std::string settings_failure_;                 // what was told of it
  Duration next_look_{0}, next_packages_{0};
  bool holds_ = true, reading_ = false, clearing_ = false, session_waits_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::atomic<bool> stopping_{false};  // asked by the worker now and then
  Worker worker_;
};

}  // namespace kw::agent
