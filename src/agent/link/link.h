#pragma once
// PlatformLink keeps the one connection to the platform: admission, heartbeats, events, policy, orders; for as long as
// the agent runs.
//
//   connecting -> welcome -> admission sent -> admitted -> (events, heartbeats, bundles, orders both ways) -> lost
//        ^------------------ back-off 0.2 s ... 10 s with jitter, ended at once by wake() ------------------'
//
// Events leave as soon as the spool has them (nudge) and are forgotten when the platform acknowledges them; after any
// break they are sent again from the first unacknowledged one. Everything runs on the executor given; one thread.
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>

#include "agent/link/business_road.h"
#include "agent/link/refusal_teller.h"
#include "agent/link/witness.h"
#include "agent/spool/event_log.h"
#include "kioskward/v1/boundary.pb.h"
#include "net/envelope_stream.h"

namespace kw::agent {

namespace asio = boost::asio;

/// What the platform wants answered in a heartbeat; empty: nothing.
struct Nonces {
  Nonces() = default;
  Nonces(std::string for_liveness, std::string for_quote)
      : liveness(std::move(for_liveness)), quote(std::move(for_quote)) {}
  std::string liveness, quote;
};

/// What the link asks of the guard, and tells the process that it lives in; called on the link's executor. A report
/// that cannot be had is an error, and the platform hears nothing then.
class LinkDelegate {
 public:
  virtual ~LinkDelegate() = default;
  /// admission_report gives what the guard knows; the link fills in challenge, binding, address and sequence.
  virtual asio::awaitable<Result<v1::AdmissionReport>> admission_report() = 0;
  /// heartbeat gives state, policy, case and changed facts (`all_facts`: every one, at a new connection) with the
  /// guard's answer to the platform's nonce; without the guard, what is known and no answer.
  virtual asio::awaitable<Result<v1::Heartbeat>> heartbeat(bool all_facts, Nonces nonces) = 0;
  virtual asio::awaitable<Result<v1::PolicyReport>> on_policy(v1::Signed bundle) = 0;
  virtual asio::awaitable<Result<v1::OrderReport>> on_order(v1::Signed order) = 0;
  virtual asio::awaitable<Result<v1::BaselineReport>> on_baseline(v1::Signed baseline) = 0;
  virtual asio::awaitable<Result<v1::PersonsReport>> on_persons(v1::Signed rule) = 0;
  virtual void on_link(bool up) = 0;
  /// on_ledger tells when the platform's ledger stops to follow from what this kiosk saw, and when it does again.
  virtual void on_ledger(bool refused) = 0;
  /// on_media_done tells what became of a piece that was handed to PlatformLink::media().
  virtual void on_media_done(v1::MediaDone done) = 0;
  /// The spool or the state directory cannot be read any more: the process has to end and start anew.
  virtual void on_fatal(const Error& error) = 0;
};

struct LinkOptions {
  net::Target server;
  std::vector<net::Target> witnesses;  // told when the ledger is refused
  std::chrono::milliseconds least_wait{200}, most_wait{10'000};
  std::chrono::milliseconds step_deadline{10'000};
};

class PlatformLink {
 public:
  struct Ports {
    Spool& spool;
    EventLog& events;
    const Clock& clock;
    Random& random;
    Log& log;
  };
  /// Everything handed in must outlive run().
  PlatformLink(asio::any_io_executor executor, LinkOptions options, const Identity& identity, LedgerWitness witness,
               LinkDelegate& delegate, Ports ports);

  /// run connects again and again until stop().
  asio::awaitable<void> run();
  void stop();
  void nudge();     // new events are in the spool
  void beat_now();  // state has changed: heartbeat at once
  void wake();      // the network may be back: try now
  /// propose sends what a section has learnt, now or at the next connection; the newest of a section counts.
  void propose(const std::string& section, Bytes content);
  /// media sends one piece, the next one only after the answer to it (LinkDelegate::on_media_done). A live frame that
  /// cannot leave now is answered as lost; anything else waits for the next connection.
  void media(v1::GuardMedia piece);
  [[nodiscard]] bool up() const noexcept { return up_; }
  /// business carries sessions and requests of the kiosk's programs.
  [[nodiscard]] BusinessRoad& business() noexcept { return business_; }

 private:
  struct Session;
  asio::awaitable<Result<>> connect_and_serve();
  asio::awaitable<Result<std::shared_ptr<Session>>> admit();
  asio::awaitable<Result<>> serve(std::shared_ptr<Session> session);
  asio::awaitable<Result<>> handle(Session& session, const v1::Envelope& envelope);
  /// report_on gets the guard's report into `reply`; false where it names nothing.
  asio::awaitable<Result<bool>> report_on(const v1::Envelope& envelope, v1::Envelope& reply);
  asio::awaitable<void> send_events(std::shared_ptr<Session> session);
  asio::awaitable<void> send_beats(std::shared_ptr<Session> session);
  void send_later(const std::shared_ptr<Session>& session, v1::Envelope envelope);
  asio::awaitable<void> send_media(std::shared_ptr<Session> session);
  asio::awaitable<Result<>> send_piece(Session& session);
  void media_done(std::string outcome, std::string reason);
  Result<> take_media_report(Session& session, const v1::MediaReport& report);
  asio::awaitable<Result<>> send_beat(Session& session, bool all_facts);
  asio::awaitable<Result<>> send_proposals(Session& session);
  Result<> take_checkpoint(const v1::Signed& checkpoint, const google::protobuf::RepeatedPtrField<std::string>& proof);
  Result<> take_heartbeat_ack(Session& session, const v1::HeartbeatAck& ack);
  [[nodiscard]] std::chrono::milliseconds next_wait(unsigned failures);
  [[nodiscard]] net::Deadline soon() const { return net::in(options_.step_deadline); }

  asio::any_io_executor executor_;
  LinkOptions options_;
  const Identity& identity_;
  LedgerWitness witness_;
  std::optional<v1::Signed> refusal_;  // stands until the ledger follows again
  std::string refused_for_;
  RefusalTeller teller_;
  LinkDelegate& delegate_;
  Ports ports_;
  std::shared_ptr<const tlcp::ClientConfig> config_;
  asio::steady_timer pause_;  // between connections
  std::shared_ptr<Session> session_;
  std::map<std::string, Bytes> proposals_;  // kept for the next connection too
  std::optional<v1::GuardMedia> media_;     // the piece in hand
  BusinessRoad business_;
  bool stopping_ = false, up_ = false, woken_ = false;
};

}  // namespace kw::agent
