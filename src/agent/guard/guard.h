#pragma once
// Guard is the privileged half of the agent: it senses, decides, acts, and answers what the link process asks.
//
//   sensor thread -> post -> decisions -> cut (enforcer) -> events (queue -> link process -> spool -> platform)
//
// It opens no network connection and takes nothing on trust: bundles, orders and baselines are verified behind
// device::Enforcer. Everything but the sensors' threads runs on one executor with one thread. What repeats is the beat
// (LinkKeeper calls beat() twice a second), and a tick while packets are being dropped.
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "agent/defence/baselines.h"
#include "agent/events.h"
#include "agent/guard/desk.h"
#include "agent/guard/liveness.h"
#include "agent/guard/media_queue.h"
#include "agent/guard/policy_in_force.h"
#include "agent/guard/shield.h"
#include "agent/guard/tpm_keeper.h"
#include "device/guard.h"

namespace kw::agent {

namespace asio = boost::asio;

struct GuardFacts {
  DeviceId device;
  std::string interface;
  std::string boot_id;
  v1::HardwareDigest hardware;
  bool watching = false;  // nothing can be enforced here, or nothing shall be
  std::string watching_reason;
  bool unclean = false;  // the last run did not end in order
  bool tripped = false;  // the kernel had cut while no agent was there
  bool killed = false;   // the last guard of this boot did not end in order
};

class Guard final : public LinkDesk {
 public:
  struct Ports {
    const StateDirectory& state;
    device::Enforcer& enforcer;
    EventSink& events;
    std::vector<device::Sensor*> sensors;
    device::RulesetPort* ruleset;  // for counters only; null in watch mode
    Defences& defences;
    Baselines& baselines;
    Persons& persons;
    MediaQueue& media;
    LivenessKey& liveness;
    Shield& shield;
    const Clock& clock;
    Random& random;
    Log& log;
    TpmKeeper* tpm = nullptr;  // null: quotes are not answered
  };
  Guard(asio::any_io_executor executor, GuardFacts facts, Ports ports);
  ~Guard() override;

  /// start takes up the restored state, starts the sensors and judges what is there now. Sensors that do not start are
  /// told (agent.enforcer.unavailable) and done without.
  Result<> start();
  void stop();
  /// ending tells that this guard ends in order, while the link process can still store it.
  void ending(bool uninstalled);
  /// attach gives the way to the link process, once it is made.
  void attach(ToLink* link);

  // LinkDesk
  v1::AdmissionReport admission_report() override;
  v1::Heartbeat heartbeat(const v1::HeartbeatWanted& wanted) override;
  v1::PolicyReport on_policy(const v1::Signed& bundle) override;
  v1::OrderReport on_order(const v1::Signed& order) override;
  v1::BaselineReport on_baseline(const v1::Signed& baseline) override;
  v1::PersonsReport on_persons(const v1::Signed& rule) override;
  void on_link(bool up) override { link_up_ = up; }
  std::string on_session_begins() override;
  void on_session_ended(bool program_gone) override;
  void on_ledger(bool refused) override;
  void on_notice_shown(const std::string& case_id, std::string_view display) override;
  void on_link_ready(bool told) override;

  /// uninstall verifies an order of kind UNINSTALL that a person brought; nothing else is done here. The error is the
  /// refusal, reported already.
  Result<> uninstall(const v1::Signed& order);
  /// asked passes on what root asks at the kiosk: "drill", "drill result".
  Result<std::string> asked(const std::string& what) { return ports_.defences.asked("system", what); }
  /// beat is called twice a second; `away`: this process was not run for so long before it, or zero.
  void beat(Duration away);
  /// resumed tells that a SIGCONT came: somebody had stopped this process.
  void resumed();
  /// clock_set looks at the clock now, because somebody has set it.
  void clock_set();

  [[nodiscard]] v1::DeviceState state() const;
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
  /// A command without the signatures of persons is a sign that the platform is in other hands: told as such.
  void note_unapproved(std::string_view reason, std::string_view what, const std::string& id);
  void take_policy_from_disk();
  void show();
  void keep_ticking();
  void note_tpm(const std::string& nonce);
  void note_fact(const std::string& key, const std::string& value, const std::string& source);
  void measure();
  void look_at_clock(bool set);
  void judge_absence();
  void learn_gateway(const std::string& mac);

  asio::any_io_executor executor_;
  GuardFacts facts_;
  Ports ports_;
  device::NetworkGuard network_;
  v1::EnforceState enforced_;
  std::optional<PolicyInForce> policy_;
  ToLink* link_ = nullptr;
  v1::DeviceState shown_ = v1::DEVICE_STATE_UNSPECIFIED;  // what the link process was told last
  asio::steady_timer tick_;
  int ticks_left_ = 0;
  bool ticking_ = false, link_up_ = false, session_open_ = false;
  // A late beat and the SIGCONT that explains it come in either order; each waits for the other for a few beats.
  Duration away_{0};
  bool resumed_ = false;
  int absence_beats_ = 0;
  Timestamp cut_since_, camera_watched_until_;
  bool ledger_refused_ = false;
  std::map<std::string, v1::Fact> known_facts_;
  std::set<std::string> changed_facts_;
  Duration measured_{0};
  std::optional<Duration> clock_offset_;
  Duration clock_moved_{0};  // and not told
  std::uint64_t requests_ = 0, beats_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent
