#include "cli/s_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ostream>
#include <sstream>

#include "cli/options.h"
#include "cli/relay.h"
#include "cli/tlcp_files.h"
#include "crypto/random.h"
#include "net/listener.h"
#include "net/tlcp_stream.h"
#include "platform/linux/system_clock.h"

namespace kw::cli {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view kServerHelp = R"(usage: kioskward s_server --listen [ADDRESS:]PORT --cert FILE --key FILE --enc-cert FILE --enc-key FILE [OPTIONS]
  --client-ca FILE   ask clients for a certificate, and check it against these
  --require-client   refuse clients without one
  --suite NAME       ECC_SM4_GCM_SM3 (e053) or ECC_SM4_CBC_SM3 (e013); both without it
  --www              answer HTTP GET with a status page; otherwise relay to the terminal
  --once             serve one connection, then end with its result
  --keylog FILE      append master secrets in SSLKEYLOGFILE form
)";

const std::vector<Options::Spec> kServerSpecs{{"listen", true},   {"cert", true},      {"key", true},  {"enc-cert", true},
                                        {"enc-key", true},  {"client-ca", true}, {"suite", true}, {"keylog", true},
                                        {"require-client", false}, {"www", false}, {"once", false}, {"help", false}};

Result<tlcp::ServerConfig> make_config(const Options& options) {
  for (const auto* needed : {"cert", "key", "enc-cert", "enc-key"})
    if (!options.has(needed)) return fail(Errc::invalid, std::string("--") + needed + " is needed");
  KW_TRY(auto identity, load_identity({options.value("cert"), options.value("key"), options.value("enc-cert"),
                                       options.value("enc-key")}));
  tlcp::ServerConfig out{.identity = std::move(identity)};
  if (options.has("client-ca")) {
    KW_TRY(out.client_trust, load_trust(options.value("client-ca")));
    out.client_auth = options.has("require-client") ? tlcp::ClientAuth::required : tlcp::ClientAuth::requested;
  } else if (options.has("require-client")) {
    return fail(Errc::invalid, "--require-client needs --client-ca");
  }
  if (options.has("suite")) {
    const auto suite = tlcp::find_suite(options.value("suite"));
    if (!suite) return fail(Errc::invalid, "unknown suite " + options.value("suite"));
    out.suites = {*suite};
  }
  if (options.has("keylog")) {
    KW_TRY(out.key_log, file_key_log(options.value("keylog")));
  }
  return out;
}

class TerminalLog final : public Log {
 public:
  explicit TerminalLog(std::ostream& to) : to_(to) {}
  void write(LogLevel, std::string_view event, std::initializer_list<Field> fields) override {
    to_ << "s_server: " << event;
    for (const auto& [key, value] : fields) to_ << " " << key << "=" << value;
    to_ << "\n" << std::flush;
  }

 private:
  std::ostream& to_;
};

std::string status_page(const tlcp::Connection& connection, const ChainVerdict& verdict) {
  std::ostringstream body;
  body << "kioskward s_server\n";
  print_session(body, connection, verdict, false);
  const auto text = body.str();
  return "HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(text.size()) +
         "\r\nConnection: close\r\n\r\n" + text;
}

asio::awaitable<Result<>> answer_page(net::TlcpStream& stream, const ChainVerdict& verdict) {
  constexpr std::size_t kMostRequest = 16384;
  std::string request;
  const auto deadline = net::in(10s);
  while (request.find("\r\n\r\n") == std::string::npos && request.find("\n\n") == std::string::npos) {
    if (request.size() > kMostRequest) co_return fail(Errc::too_large, "request");
    KW_CO_TRY(const auto octets, co_await stream.read_some(deadline));
    request += text_of(octets);
  }
  const bool get = request.starts_with("GET ");
  const std::string refusal = "HTTP/1.0 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  const auto reply = get ? status_page(stream.engine(), verdict) : refusal;
  KW_CO_CHECK(co_await stream.write(bytes_of(reply), net::in(10s)));
  co_return co_await stream.shutdown(net::in(2s));
}

/// What all connections of one run share; one thread.
struct Service {
  const Options& options;
  Terminal& terminal;
  tlcp::ServerConfig config;
  crypto::SystemRandom random;
  platform::SystemClock clock;
  int code = kDone;
};

asio::awaitable<int> serve(Service& service, asio::ip::tcp::socket socket) {
  ChainVerdict verdict;
  auto config = std::make_shared<tlcp::ServerConfig>(service.config);
  config->verifier = reporting_verifier(verdict, false);
  auto engine = std::make_unique<tlcp::Server>(std::move(config), service.random, service.clock);
  net::TlcpStream stream(std::move(socket), std::move(engine));
  auto& terminal = service.terminal;
  if (const auto done = co_await stream.handshake(net::in(10s)); !done) {
    terminal.err << "s_server: " << stream.peer_address() << " handshake: " << done.error().text() << "\n" << std::flush;
    co_return done.code() == Errc::untrusted ? kUntrusted : kFailed;
  }
  const bool www = service.options.has("www");
  if (!www) print_session(terminal.out, stream.engine(), verdict, false);
  Result<> done;  // two statements: GCC 12 destroys the wrong side of a conditional with co_await in it
  if (www) {
    done = co_await answer_page(stream, verdict);
  } else {
    done = co_await relay(stream, terminal, 1s);
  }
  if (!done) {
    terminal.err << "s_server: " << stream.peer_address() << ": " << done.error().text() << "\n" << std::flush;
    co_return kFailed;
  }
  co_return kDone;
}

}  // namespace

int run_s_server(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, kServerSpecs);
  if (options && options->has("help")) {
    terminal.out << kServerHelp;
    return kDone;
  }
  const auto usage = [&](const Error& error) {
    terminal.err << "s_server: " << error.text() << "\n" << kServerHelp;
    return kUsage;
  };
  if (!options) return usage(options.error());
  const auto where = parse_host_port(options->value("listen"), "0.0.0.0");
  if (!where) return usage(where.error());
  auto config = make_config(*options);
  if (!config) return usage(config.error());

  Service service{*options, terminal, std::move(*config), {}, {}, kDone};
  TerminalLog log(terminal.err);
  asio::io_context context(1);
  net::Listener listener(context, log, options->has("www") ? 256 : 1);
  if (const auto open = listener.open(where->host, where->port); !open) {
    terminal.err << "s_server: " << open.error().text() << "\n";
    return kFailed;
  }
  terminal.out << "ACCEPT " << where->host << ":" << listener.port() << "\n" << std::flush;

  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& ec, int) {
    if (!ec) context.stop();
  });
  const bool once = options->has("once");
  asio::co_spawn(context, listener.run([&](asio::ip::tcp::socket socket) -> asio::awaitable<void> {
    if (once) listener.stop();
    service.code = co_await serve(service, std::move(socket));
    if (once) signals.cancel();
  }),
                 asio::detached);
  context.run();
  return once ? service.code : kDone;
}

}  // namespace kw::cli
