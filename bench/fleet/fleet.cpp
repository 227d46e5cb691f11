#include "bench/fleet/fleet.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>

namespace kw::fleet {
namespace {

constexpr auto kFarewell = std::chrono::seconds(2);  // for coroutines in the middle of a step

std::uint64_t resident_kib() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t whole = 0, resident = 0;
  in >> whole >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

/// One descriptor a kiosk: as many as the hard limit gives.
void take_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // what is refused shows as connections that fail
}

}  // namespace

Fleet::Fleet(FleetOptions options, Scenario city, Tokens tokens, Log& log)
    : options_(std::move(options)), city_(std::move(city)), tokens_(std::move(tokens)), log_(log) {}

Result<> Fleet::gather() {
  KW_TRY(auto ca, crypto::Certificate::parse_pem(options_.ca_pem));
  world_.emplace(World{city_, net::Target(options_.server.host, options_.server.port), std::move(ca), options_.speed,
                       options_.reconnect, random_, clock_, log_, tally_});
  for (const auto& site : city_.sites) {
    for (const auto& plan : site.kiosks) {
      if (plan.real) continue;
      const auto token = tokens_.find(plan.address);
      if (token == tokens_.end()) return fail(Errc::invalid, "no token for " + plan.address);
      kiosks_.push_back(std::make_unique<Kiosk>(io_.get_executor(), *world_, plan, std::move(token->second)));
    }
  }
  tally_.kiosks = kiosks_.size();
  return {};
}

asio::awaitable<void> Fleet::begin_kiosks() {
  unsigned begun = 0;
  for (const auto& kiosk : kiosks_) {
    if (world_->stopping) co_return;
    ++running_;
    asio::co_spawn(io_, kiosk->run(), [this](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
      if (--running_ == 0 && world_->stopping) io_.stop();
    });
    if (++begun % options_.per_second != 0) continue;
    ramp_.expires_after(std::chrono::seconds(1));
    co_await ramp_.async_wait(net::kTuple);
  }
}

void Fleet::report() {
  if (!options_.report) return;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began_;
  options_.report(text(tally_, since.count(), resident_kib()));
}

asio::awaitable<void> Fleet::report_figures() {
  while (!world_->stopping) {
    report();
    reporting_.expires_after(options_.report_every);
    co_await reporting_.async_wait(net::kTuple);
  }
}

void Fleet::stop() {
  if (!world_ || std::exchange(world_->stopping, true)) return;
  report();
  for (const auto& kiosk : kiosks_) kiosk->stop();
  ramp_.cancel();
  reporting_.cancel();
  if (running_ == 0) return io_.stop();
  ending_.expires_after(kFarewell);
  ending_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) io_.stop();
  });
}

Result<> Fleet::run() {
  KW_CHECK(gather());
  take_descriptors();
  began_ = std::chrono::steady_clock::now();
  asio::signal_set signals(io_, SIGINT, SIGTERM);
  signals.async_wait([this](const boost::system::error_code& ec, int) {
    if (!ec) stop();
  });
  if (options_.seconds.count() > 0) {
    ending_.expires_after(options_.seconds);
    ending_.async_wait([this](const boost::system::error_code& ec) {
      if (!ec) stop();
    });
  }
  asio::co_spawn(io_, begin_kiosks(), asio::detached);
  asio::co_spawn(io_, report_figures(), asio::detached);
  io_.run();
  return {};
}

std::string text(const Tally& tally, double seconds, std::uint64_t resident) {
  std::string out = "{\"seconds\":" + std::to_string(seconds) + ",\"rss_kib\":" + std::to_string(resident);
  const std::pair<const char*, std::uint64_t> numbers[] = {{"kiosks", tally.kiosks},
                                                           {"enrolled", tally.enrolled},
                                                           {"online", tally.online},
                                                           {"handshakes", tally.handshakes},
                                                           {"admitted", tally.admitted},
                                                           {"refused", tally.refused},
                                                           {"lost", tally.lost},
                                                           {"heartbeats", tally.heartbeats},
                                                           {"answered", tally.answered},
                                                           {"events", tally.events},
                                                           {"acknowledged", tally.acknowledged},
                                                           {"dropped", tally.dropped},
                                                           {"policies", tally.policies},
                                                           {"orders", tally.orders},
                                                           {"cosigned", tally.cosigned},
                                                           {"ledger_refused", tally.ledger_refused},
                                                           {"in_policy", tally.in_policy},
                                                           {"revision", tally.revision}};
  for (const auto& [key, value] : numbers) out += ",\"" + std::string(key) + "\":" + std::to_string(value);
  return out + "}";
}

}  // namespace kw::fleet
