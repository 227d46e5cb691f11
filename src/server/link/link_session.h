#pragma once
// LinkSession is one kiosk's connection: TLCP, then the order of link_table.h, until either side ends it.
//
// A peer that is refused, or that sends anything out of this order, sees its connection close and learns nothing. All
// member functions but nudge() and put_out() run on the connection's strand; these two may be called from any thread.
#include <atomic>
#include <memory>

#include "net/envelope_stream.h"
#include "server/ledger_feeder.h"
#include "server/link/admission_desk.h"
#include "server/link/broker_desk.h"
#include "server/link/enrol_desk.h"
#include "server/link/intake_desk.h"
#include "server/link/link_table.h"
#include "server/link/liveness_desk.h"
#include "server/link/media_assembly.h"
#include "server/link/quote_desk.h"
#include "server/link/session_registry.h"
#include "server/link/vault_desk.h"
#include "server/link/vestibule.h"
#include "server/media_service.h"
#include "server/witness_service.h"

namespace kw::server {

/// How long the link waits for a peer, and how many connections it takes.
struct LinkOptions {
  LinkOptions() = default;
  explicit LinkOptions(std::uint32_t heartbeat, std::uint32_t quotes = 600)
      : heartbeat_seconds(heartbeat), quote_every(quotes), silence(std::chrono::seconds(3) * heartbeat) {}

  std::uint32_t heartbeat_seconds = 5;        // what an admitted kiosk is told
  std::chrono::seconds quote_every{600};      // of a kiosk's TPM; at each admission anyway
  std::chrono::milliseconds silence{15'000};  // between two messages of an admitted kiosk
  std::chrono::milliseconds step{10'000};     // each step before admission, and each write
  std::chrono::milliseconds farewell{2'000};  // for the peer's close_notify
  std::chrono::milliseconds look_for_silence{10'000};
  std::size_t connections = 4096;            // in all
  std::size_t connections_per_address = 16;  // a kiosk has one, and two while it comes back
  std::size_t strangers = 512;               // not admitted yet
};

/// What sessions share. Everything outlives them.
struct LinkServices {
  Changes& changes;
  EnrolDesk& enrol;
  AdmissionDesk& admission;
  IntakeDesk& intake;
  LivenessDesk& liveness;
  MediaService& media;
  QuoteDesk& quotes;
  BrokerDesk& broker;
  VaultDesk& vault;
  LedgerFeeder& feeder;
  WitnessService& witnesses;
  SessionRegistry& registry;
  Vestibule& vestibule;
  Log& log;
  LinkOptions options{};
};

class LinkSession : public std::enable_shared_from_this<LinkSession>, public ConnectedDevice {
 public:
  LinkSession(LinkServices& services, std::unique_ptr<net::TlcpStream> stream);

  net::asio::awaitable<void> run();
  void nudge() override;    // something may wait for this device
  void put_out() override;  // end the link now

 private:
  template <class T>
  using Awaitable = net::asio::awaitable<Result<T>>;

  Awaitable<void> welcome();
  /// converse reads and deals with message after message until the state is over.
  Awaitable<void> converse();
  Awaitable<void> handle(const v1::Envelope& envelope);
  Awaitable<void> on_enrolment(const v1::Envelope& question);
  Awaitable<void> on_admission(const v1::Envelope& question);
  Result<> refuse_duplicate(const DeviceId& device, const std::string& other_peer);
  Awaitable<void> on_events(const v1::Envelope& envelope);
  void acknowledge(std::uint64_t through, std::size_t count, std::uint64_t correlation);
  Awaitable<void> on_media(const v1::Envelope& envelope);
  Awaitable<void> on_session_begin(const v1::Envelope& envelope);
  Result<> on_service_request(const v1::Envelope& envelope);
  Awaitable<void> on_vault_request(const v1::Envelope& envelope);
  Awaitable<void> serve_request(ServiceCall call, std::uint64_t correlation);
  Awaitable<void> on_heartbeat(const v1::Envelope& envelope);
  /// push sends the newest bundle that the kiosk does not have, and the baselines and orders that wait.
  Awaitable<void> push();
  [[nodiscard]] Result<std::vector<store::PersonRuleRow>> persons_for(store::Repositories& r) const;
  Awaitable<void> push_baselines(const std::vector<BaselineId>& waiting);
  Awaitable<void> write(v1::Envelope envelope);
  void spawn(net::asio::awaitable<Result<>> work);
  [[nodiscard]] net::Deadline soon() const { return net::in(services_.options.step); }

  LinkServices& services_;
  net::asio::any_io_executor strand_;
  net::EnvelopeStream link_;
  LinkState state_ = LinkState::shaking;
  std::string peer_;
  Bytes challenge_;
  LivenessDesk::Session liveness_;
  MediaAssembly media_;
  QuoteDesk::Session quotes_;
  BrokerDesk::Session business_;
  VaultDesk::Line vault_;
  DeviceId device_;                  // nil before admission
  std::string site_;                 // of the device: witnesses of one site count once
  bool told_facts_ = false;          // a heartbeat of this link had facts
  std::uint64_t sent_persons_ = 0;   // rule of persons that the kiosk has, or was sent
  std::uint64_t sent_revision_ = 0;  // bundle that the kiosk has, or was sent
  std::set<OrderId> sent_orders_;
  std::set<BaselineId> sent_baselines_;
  std::size_t unacknowledged_ = 0;  // events that wait for the ledger
};

}  // namespace kw::server
