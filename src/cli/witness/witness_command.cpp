#include "cli/witness/witness_command.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <ostream>

#include "cli/options.h"
#include "cli/public_key.h"
#include "cli/witness/refusal_desk.h"
#include "cli/witness/witness_platform.h"
#include "witness/cosignature.h"

namespace kw::cli {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kWitnessHelp =
    R"(usage: kioskward witness --server HOST:PORT --key FILE --state DIR --name NAME [OPTIONS]
  --key FILE         the ledger's public key (ledger.pem)
  --state DIR        what this witness keeps; its own key is made there, witness.pem is the public one
  --name NAME        as the platform's configuration calls it
  --every SECONDS    how often to look (10)
  --listen ADDRESS:PORT  take the refusals of kiosks, too
  --origin NAME      the ledger's name, where it is known before the first meeting
  --once             look once, then end: 0 good, 3 refused
)";
const std::vector<Options::Spec> kWitnessSpecs{{"server", true}, {"key", true},    {"state", true}, {"name", true}, {"every", true},
                                               {"listen", true}, {"origin", true}, {"once", false}, {"help", false}};

struct WitnessWork {
  WitnessPlatform platform;
  WitnessState state;
  crypto::Sm2PublicKey ledger_key;
  std::string name, origin;
  std::chrono::seconds every{10};
  bool once = false;
  const Clock& clock;
  std::ostream& out;
  bool refused = false;
};

/// look verifies one head; true where it follows.
asio::awaitable<Result<bool>> look(WitnessWork& work) {
  const auto& seen = work.state.seen();
  KW_CO_TRY(const auto offered, co_await work.platform.head(seen.head ? seen.head->size : 0));
  auto judged = witness::judge(seen, offered.checkpoint, offered.consistency, work.ledger_key, work.origin);
  if (judged.refusal) {
    auto& refusal = *judged.refusal;
    refusal.witness = work.name;
    refusal.time = work.clock.now();
    KW_CO_TRY(auto word, witness::sign_refusal(refusal, work.state.key()));
    if (!std::exchange(work.refused, true)) {
      KW_CO_CHECK(work.state.keep_refusal(work.name, word));
      work.out << to_rfc3339(refusal.time) << " REFUSED: " << refusal.reason << ": seen "
               << (seen.head ? seen.head->size : 0) << ", offered " << judged.offered_size << "; proves: "
               << witness::name(witness::weigh_refusal(refusal, work.ledger_key)) << std::endl;
    }
    KW_CO_CHECK(co_await work.platform.say(std::move(word)));
    co_return false;
  }
  if (!seen.object || seen.head->size != judged.follows->size)
    KW_CO_CHECK(work.state.keep(offered.checkpoint, *judged.follows));
  KW_CO_TRY(auto word, witness::cosign(*judged.follows, work.name, work.clock.now(), work.state.key()));
  KW_CO_CHECK(co_await work.platform.say(std::move(word)));
  work.refused = false;
  work.out << to_rfc3339(work.clock.now()) << " signed: " << judged.follows->origin << ", " << judged.follows->size
           << " entries, root " << to_hex(judged.follows->root) << std::endl;
  co_return true;
}

asio::awaitable<Result<bool>> go_on(WitnessWork& work) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    const auto follows = co_await look(work);
    if (work.once) co_return follows;
    if (!follows) work.out << to_rfc3339(work.clock.now()) << " nothing seen: " << follows.error().text() << std::endl;
    timer.expires_after(work.every);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

Result<WitnessWork> witness_work(const Options& options, const Clock& clock, std::ostream& out) {
  for (const auto* needed : {"server", "key", "state", "name"})
    if (!options.has(needed)) return fail(Errc::invalid, std::string("--") + needed + " is needed");
  const auto name = options.value("name");
  if (name.size() > witness::kMostWitnessName || name.find('/') != std::string::npos)
    return fail(Errc::invalid, "--name: at most 64 octets, no '/'");
  auto address = options.value("server");
  if (address.starts_with("http://")) address.erase(0, 7);
  KW_TRY(const auto server, cli::parse_host_port(address, "127.0.0.1"));
  KW_TRY(auto ledger_key, load_public_key(options.value("key")));
  KW_TRY(auto state, WitnessState::open(options.value("state"), ledger_key));
  WitnessWork work{WitnessPlatform(net::Target(server.host, server.port)), std::move(state), std::move(ledger_key), name,
                   options.value("origin"), std::chrono::seconds(10), options.has("once"), clock, out};
  if (options.has("every")) {
    const auto text = options.value("every");
    int seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > 3600)
      return fail(Errc::invalid, "--every: 1 to 3600");
    work.every = std::chrono::seconds(seconds);
  }
  return work;
}

int witness_until_told(WitnessWork& work, const Options& options, Terminal& terminal, RefusalDesk::Ports ports) {
  asio::io_context io(1);
  std::unique_ptr<RefusalDesk> desk;
  if (options.has("listen")) {
    auto address = cli::parse_host_port(options.value("listen"), "127.0.0.1");
    auto opened = address ? RefusalDesk::open(io.get_executor(), *address, work.state, work.ledger_key, terminal.out, ports)
                          : Result<std::unique_ptr<RefusalDesk>>(address.error());
    if (!opened) {
      terminal.err << "witness: --listen: " << opened.error().text() << "\n";
      return kFailed;
    }
    desk = std::move(*opened);
    terminal.out << "hears refusals on port " << desk->port() << std::endl;
  }
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& ec, int) {
    if (!ec) io.stop();
  });
  Result<bool> outcome = true;
  asio::co_spawn(io, go_on(work), [&](const std::exception_ptr& thrown, Result<bool> done) {
    if (thrown) std::rethrow_exception(thrown);
    outcome = std::move(done);
    io.stop();
  });
  io.run();
  if (!outcome) {
    terminal.err << "witness: " << outcome.error().text() << "\n";
    return kFailed;
  }
  return *outcome ? kDone : kUntrusted;
}

}  // namespace

int run_witness(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, kWitnessSpecs);
  if (!options || options->has("help") || !options->positional().empty()) {
    if (!options) terminal.err << "witness: " << options.error().detail() << "\n";
    (options && options->has("help") ? terminal.out : terminal.err) << kWitnessHelp;
    return options && options->has("help") ? kDone : kUsage;
  }
  const platform::SystemClock clock;
  crypto::SystemRandom random;
  auto work = witness_work(*options, clock, terminal.out);
  if (!work) {
    terminal.err << "witness: " << work.error().text() << "\n";
    return work.error().code() == Errc::invalid ? kUsage : kFailed;
  }
  return witness_until_told(*work, *options, terminal, {clock, random});
}

}  // namespace kw::cli
