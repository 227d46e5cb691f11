#pragma once
// LinkServer listens for kiosks, gives each connection its session, and carries notifications to the ones concerned.
//
//   LinkServer link(context, {changes, feeder, witnesses, media, broker, vault}, keys, crl, LinkOptions(5), log);
//   KW_CHECK(link.start("0.0.0.0", 8660));
//   link.on_effects(effects);      // any thread: new bundles and orders go out, disabled devices are put out
//   link.set_crl(next);            // any thread: connections from now on are checked against it
//   link.stop();
//
// Once a minute of silence a device's alarm device.silent is raised, once for each absence.
#include <boost/asio/io_context.hpp>

#include "net/listener.h"
#include "server/link/link_session.h"
#include "server/link/silence_watch.h"
#include "server/platform_keys.h"

namespace kw::server {

/// What the link's desks pass on to. Everything outlives the server.
struct LinkPorts {
  Changes& changes;
  LedgerFeeder& feeder;
  WitnessService& witnesses;
  MediaService& media;
  BrokerDesk& broker;
  VaultDesk& vault;
};

class LinkServer {
 public:
  LinkServer(net::asio::io_context& context, LinkPorts ports, const PlatformKeys& keys, crypto::RevocationList crl,
             LinkOptions options, Log& log);

  /// start listens; port 0 takes a free one. Devices are marked off line first: no link has survived a restart.
  Result<> start(const std::string& address, std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  void stop();
  void on_effects(const Effects& effects);
  void set_crl(crypto::RevocationList crl);

 private:
  net::asio::awaitable<void> serve(net::asio::ip::tcp::socket socket);
  net::asio::awaitable<void> watch_silence();
  Result<> report_silence();
  [[nodiscard]] std::shared_ptr<const tlcp::ServerConfig> config() const;

  net::asio::io_context& context_;
  Changes& changes_;
  const PlatformKeys& keys_;
  Log& log_;
  EnrolDesk enrol_;
  AdmissionDesk admission_;
  IntakeDesk intake_;
  LivenessDesk liveness_;
  QuoteDesk quotes_;
  SessionRegistry registry_;
  Vestibule vestibule_;
  LinkServices services_;
  net::Listener listener_;
  net::asio::steady_timer silence_timer_;
  SilenceWatch silence_;  // the timer's coroutine only
  mutable std::mutex mutex_;
  std::shared_ptr<const tlcp::ServerConfig> config_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace kw::server
