#pragma once
// GuardSide is the link process's view of its guard: it asks, passes on, and notices when the guard is gone.
//
//   PlatformLink -> questions -> guard -> reports        guard -> events -> EventLog -> "stored" -> guard
//
// While the guard is gone or silent this process is alone (GuardWatch): agent.guard.lost is in the spool, heartbeats
// say DEGRADED and carry no answer to the platform's challenge, and when that is told the process ends. One thread: the
// executor's, but for stored().
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "agent/app/session_place.h"
#include "agent/boundary/channel.h"
#include "agent/link/guard_watch.h"
#include "agent/link/link.h"

namespace kw::agent {

class GuardSide final : public LinkDelegate, public SessionPlace {
 public:
  struct Hooks {
    std::function<void(const v1::GuardState&)> on_state;
    std::function<void(const v1::Event&)> on_event;  // of the guard's, as it passes
    std::function<void(bool alone)> on_alone;        // and when no longer
    std::function<void(Error)> on_end;               // the process has to end; Errc::cancelled: in order
  };
  struct Ports {
    EventLog& events;
    Spool& spool;
    const Clock& clock;
    Log& log;
  };
  /// `channel` is open already: it has delivered the setup. Everything handed in must outlive this object.
  GuardSide(asio::any_io_executor executor, GuardWatch::Limits limits, Ports ports);
  ~GuardSide() override;

  /// start takes the channel over, says that this process works, and begins to beat.
  void start(std::unique_ptr<Channel> channel, bool lost_told, Hooks hooks);
  void attach(PlatformLink* link) { link_ = link; }
  /// on_frame is the channel's handler; on_gone the one for its end.
  Result<> on_frame(Bytes frame);
  void on_gone(const Error& why);
  /// stored tells the guard what is durable.
  void stored(std::uint64_t through);
  void session_ended();
  // SessionPlace
  void begin(std::function<void(const std::string& directory)> done) override;
  void end(bool program_gone) override;
  void notice_shown(const std::string& case_id, std::string_view display);
  /// give_back hands events over that lost their place in the spool.
  void give_back(const std::vector<v1::Event>& events);
  /// ending tells the guard why this process ends.
  void ending(std::string_view code, const std::string& detail, std::uint64_t missing = 0);
  /// status_json is what `kioskward-agent status` shows; `events_waiting` are durable here and not yet at the platform.
  [[nodiscard]] std::string status_json(std::uint64_t events_waiting) const;
  /// show_values: what kind of memory sessions' values are in, for the status.
  void show_values(std::string_view memory) { values_memory_ = memory; }
  [[nodiscard]] const GuardWatch& watch() const noexcept { return watch_; }

  // LinkDelegate
  asio::awaitable<Result<v1::AdmissionReport>> admission_report() override;
  asio::awaitable<Result<v1::Heartbeat>> heartbeat(bool all_facts, Nonces nonces) override;
  asio::awaitable<Result<v1::PolicyReport>> on_policy(v1::Signed bundle) override;
  asio::awaitable<Result<v1::OrderReport>> on_order(v1::Signed order) override;
  asio::awaitable<Result<v1::BaselineReport>> on_baseline(v1::Signed baseline) override;
  asio::awaitable<Result<v1::PersonsReport>> on_persons(v1::Signed rule) override;
  void on_link(bool up) override;
  void on_ledger(bool refused) override;
  void on_media_done(v1::MediaDone done) override;
  void on_fatal(const Error& error) override;

 private:
  struct Question {
    explicit Question(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    std::optional<v1::GuardMessage> answer;
  };
  asio::awaitable<Result<v1::GuardMessage>> ask(v1::LinkMessage question, Duration patience);
  void send(v1::LinkMessage message);
  void beat();
  void be_alone();
  void look_if_told();
  void take_events(v1::GuardEvents events);
  void poke(const v1::Poke& poke);
  void end_in_order();
  void end_process(Error why);

  asio::any_io_executor executor_;
  Ports ports_;
  GuardWatch watch_;
  Hooks hooks_;
  std::unique_ptr<Channel> channel_;
  PlatformLink* link_ = nullptr;
  asio::steady_timer beat_, told_;
  std::map<std::uint64_t, std::shared_ptr<Question>> questions_;
  std::uint64_t next_question_ = 1, beats_ = 0;
  std::optional<v1::GuardState> state_;
  std::string last_policy_digest_, values_memory_;
  bool link_up_ = false, ended_ = false, stop_ = false;
  int busy_ = 0;     // questions that are open and may take long
  int chances_ = 0;  // looks that are left before an orderly end goes without the platform
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent
