#pragma once
// Server is the whole platform process: it builds everything from a configuration, serves until it is told to stop.
//
//   KW_TRY(auto server, server::Server::open(config, {clock, random, log}));
//   KW_CHECK(server->run());          // until SIGTERM or SIGINT
//
// open() makes a new platform in an empty data directory (keys, database, ledger, three invited administrators), or
// recovers an existing one: after kill -9 nothing that was acknowledged is missing. Data directory: kioskward.db,
// ledger/, keys/, ca.pem, ledger.pem, first-credentials.txt. One process at a time holds it (Errc::conflict).
// start, stop and the accessors are for tests and for run().
#include <functional>
#include <memory>
#include <vector>

#include "pki/crypto_module.h"
#include "server/auth_service.h"
#include "server/config.h"

namespace kw::server {

/// ModuleOpener opens the cryptographic module that the configuration names; errors as of pki/crypto_module.h.
using ModuleOpener =
    std::function<Result<std::unique_ptr<pki::CryptoModule>>(const ModuleConfig& config, SecretBytes password)>;

class Server {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Log& log;
    ModuleOpener open_module = {};  // empty: none can be named
  };
  static Result<std::unique_ptr<Server>> open(ServerConfig config, Ports ports);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// first_credentials are the one-time passwords made by this open(); to be shown once.
  [[nodiscard]] const std::vector<Invitation>& first_credentials() const noexcept;
  /// start listens on both ports and begins the timers.
  Result<> start();
  /// stop ends connections and timers, feeds the ledger, and signs a last checkpoint. May be called twice.
  void stop();
  /// run starts, waits for SIGTERM or SIGINT, and stops.
  Result<> run();
  [[nodiscard]] std::uint16_t console_port() const noexcept;
  [[nodiscard]] std::uint16_t link_port() const noexcept;

  class Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kw::server
