#pragma once
// Fleet runs the simulated kiosks of a scenario in one thread until its time is over or somebody stops it.
//
//   KW_TRY(const auto tokens, fleet::parse_tokens(text));
//   Fleet fleet(options, std::move(city), std::move(tokens), log);
//   KW_CHECK(fleet.run());
//
// SIGINT and SIGTERM end it: connections close, nothing was on disk.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

#include "base/host_port.h"
#include "bench/fleet/kiosk.h"
#include "bench/fleet/tokens.h"
#include "crypto/random.h"
#include "platform/linux/system_clock.h"

namespace kw::fleet {

struct FleetOptions {
  HostPort server;
  std::string ca_pem;
  Seconds seconds{0};        // 0: until it is stopped
  Seconds report_every{5};   // a line of figures to `report`
  unsigned per_second = 50;  // kiosks that begin in a second
  double speed = 1;
  bool reconnect = false;
  std::function<void(const std::string&)> report;
};

class Fleet {
 public:
  Fleet(FleetOptions options, Scenario city, Tokens tokens, Log& log);
  /// run returns when the time is over; Errc::invalid before anything is done where a kiosk has no token.
  Result<> run();
  void stop();  // on the fleet's own thread
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

 private:
  Result<> gather();
  asio::awaitable<void> begin_kiosks();
  asio::awaitable<void> report_figures();
  void report();

  FleetOptions options_;
  Scenario city_;
  Tokens tokens_;
  Log& log_;
  asio::io_context io_{1};
  crypto::SystemRandom random_;
  platform::SystemClock clock_;
  Tally tally_;
  std::size_t running_ = 0;  // kiosks whose coroutine has not ended
  std::optional<World> world_;
  std::vector<std::unique_ptr<Kiosk>> kiosks_;
  asio::steady_timer ramp_{io_}, reporting_{io_}, ending_{io_};
  std::chrono::steady_clock::time_point began_;
};

}  // namespace kw::fleet
