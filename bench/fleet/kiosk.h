#pragma once
// Kiosk is one simulated kiosk: enrolment, its one connection, what it tells, and the deeds of its plan.
//
//   enrol -> connecting -> admission -> admitted (heartbeats, events, bundles, orders) -> lost
//               ^---------------- back-off 0.2 s ... 10 s, or while it is off line -------'
//
// Two coroutines on one thread: run() keeps the connection, live() lets time pass. Nothing is on disk. Everything
// handed in must outlive the coroutines.
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "base/log.h"
#include "bench/fleet/enrolment.h"
#include "bench/fleet/script.h"
#include "bench/fleet/stand.h"
#include "bench/fleet/waiting.h"
#include "witness/judge.h"

namespace kw::fleet {

/// What all kiosks share.
struct World {
  const Scenario& city;
  net::Target server;
  std::vector<crypto::Certificate> ca;
  double speed = 1;        // of deeds and ordinary events; times of events are the clock's
  bool reconnect = false;  // each admitted connection ends at once: to load handshakes and admissions
  Random& random;
  const Clock& clock;
  Log& log;
  Tally& tally;
  bool stopping = false;
};

class Kiosk {
 public:
  Kiosk(asio::any_io_executor executor, World& world, const KioskPlan& plan, std::string token);
  asio::awaitable<void> run();
  void stop();

 private:
  struct Session;
  struct Due {
    std::chrono::steady_clock::time_point at;
    const Deed* deed = nullptr;  // none: an ordinary event
    bool begins = true;
  };
  asio::awaitable<bool> take_part();
  asio::awaitable<Result<>> connect_and_serve();
  asio::awaitable<Result<std::shared_ptr<Session>>> admit();
  asio::awaitable<Result<>> serve(std::shared_ptr<Session> session);
  asio::awaitable<Result<>> handle(std::shared_ptr<Session> session, v1::Envelope envelope);
  asio::awaitable<Result<>> beat(std::shared_ptr<Session> session);
  asio::awaitable<Result<>> send_events(std::shared_ptr<Session> session);
  asio::awaitable<Result<>> answer(std::shared_ptr<Session> session, v1::Envelope reply);
  Result<> take_checkpoint(Session& session, const v1::HeartbeatAck& ack);
  asio::awaitable<void> live();
  void tell_facts(v1::Heartbeat& beat) const;
  [[nodiscard]] Due next_due() const;
  void pass(const Due& due);
  void begin(const Deed& deed);
  void end(const Deed& deed);
  void tell(v1::Event event, Duration ago = Duration(0));
  void tell_history();
  /// flush sends what waits, and the state where it has changed.
  void flush(bool state_too);
  void note_revision();
  [[nodiscard]] Duration scaled(Duration time) const;
  [[nodiscard]] std::chrono::milliseconds interval(const Session& session) const;

  asio::any_io_executor executor_;
  World& world_;
  const KioskPlan& plan_;
  std::string token_;
  Dice dice_;
  const Place place_;
  const net::Target server_;  // from this kiosk's own address
  std::optional<agent::Identity> identity_;
  std::optional<Stand> stand_;
  std::shared_ptr<const tlcp::ClientConfig> config_;
  Waiting waiting_;
  witness::Seen seen_;
  std::shared_ptr<Session> session_;
  asio::steady_timer pause_, clock_;  // between connections; between happenings
  std::vector<Due> agenda_;           // one entry a deed, and one for the next ordinary event
  std::uint64_t noted_revision_ = 0;
  bool off_ = false, slow_ = false, other_disk_ = false, alive_ = false, refused_ = false;
};

}  // namespace kw::fleet
