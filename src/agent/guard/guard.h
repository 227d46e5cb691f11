#pragma once
// Guard ties sensors, decisions, the enforcer, the event log, the notice and the link together.
//
//   sensor thread -> post -> guard -> cut (enforcer) -> events (log -> spool -> link), notice, heartbeat
//
// Everything but the sensors' threads and the log's runs on one executor with one thread. Nothing polls: what repeats
// is the heartbeat, and a tick while packets are being dropped.
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "agent/defence/baselines.h"
#include "agent/guard/policy_in_force.h"
#include "agent/link/link.h"
#include "agent/notice/notice_page.h"
#include "device/guard.h"

namespace kw::agent {

struct GuardFacts {
  std::string interface;
  std::string boot_id;
  v1::HardwareDigest hardware;
  bool watching = false;  // nothing can be enforced here, or nothing shall be
  std::string watching_reason;
  bool unclean = false;  // the last run did not end in order
  bool tripped = false;  // the kernel had cut while no agent was there
};

class Guard final : public LinkDelegate {
 public:
  struct Ports {
    const StateDirectory& state;
    device::Enforcer& enforcer;
    EventLog& events;
    std::vector<device::Sensor*> sensors;
    device::RulesetPort* ruleset;  // for counters only; null in watch mode
    Defences& defences;
    Baselines& baselines;
    const Clock& clock;
    Random& random;
    Log& log;
  };
  Guard(asio::any_io_executor executor, GuardFacts facts, Ports ports);
  ~Guard() override;

  /// start takes up the restored state, starts the sensors and judges what is there now. Sensors that do not start are
  /// told (agent.enforcer.unavailable) and done without.
  Result<> start();
  void stop();
  /// attach gives the link and the notice once they are made; both optional.
  void attach(PlatformLink* link, NoticePage* notice);
  void on_notice_shown(const std::string& case_id, std::string_view display);
  void on_end(std::function<void(Error)> end) { end_ = std::move(end); }

  // LinkDelegate
  v1::AdmissionReport admission_report() override;
  v1::Heartbeat heartbeat(bool all_facts) override;
  v1::PolicyReport on_policy(const v1::Signed& bundle) override;
  v1::OrderReport on_order(const v1::Signed& order) override;
  v1::BaselineReport on_baseline(const v1::Signed& baseline) override { return ports_.baselines.take(baseline); }
  void on_link(bool up) override;
  void on_fatal(const Error& error) override;

  [[nodiscard]] v1::DeviceState state() const;
  [[nodiscard]] std::string status_json() const;
  /// observe is what sensors' observations go through; public for tests.
  void observe(const device::Observation& seen);

 private:
  using Moment = std::optional<Duration>;  // when the packet came in, by the steady clock
  [[nodiscard]] device::GuardTime now() const;
  [[nodiscard]] RawId new_case();
  v1::EnforceReply enforce(v1::EnforceRequest request);
  void apply(device::Decisions decisions, Moment began);
  void carry_out_cut(const device::CutDecision& cut, Moment began);
  void take_snapshot();
  [[nodiscard]] std::vector<device::Observation> present();
  void repair();
  void configure_guard();
  void configure_defences();
  void start_defences();
  Result<> section_order(const v1::Order& order);
  void take_policy_from_disk();
  void show_notice();
  void keep_ticking();
  void note_fact(const std::string& key, const std::string& value, const std::string& source);
  void measure();
  void learn_gateway(const std::string& mac);

  asio::any_io_executor executor_;
  GuardFacts facts_;
  Ports ports_;
  device::NetworkGuard network_;
  v1::EnforceState enforced_;
  std::optional<PolicyInForce> policy_;
  PlatformLink* link_ = nullptr;
  NoticePage* notice_ = nullptr;
  std::function<void(Error)> end_;
  asio::steady_timer tick_;
  int ticks_left_ = 0;
  bool ticking_ = false, link_up_ = false;
  Timestamp cut_since_;
  std::map<std::string, v1::Fact> known_facts_;
  std::set<std::string> changed_facts_;
  Duration measured_{0};
  std::optional<Duration> clock_offset_;
  std::uint64_t requests_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent
