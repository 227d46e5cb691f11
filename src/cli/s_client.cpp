#include "cli/s_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <ostream>

#include "cli/options.h"
#include "cli/relay.h"
#include "cli/tlcp_files.h"
#include "crypto/random.h"
#include "net/tlcp_stream.h"
#include "platform/linux/system_clock.h"

namespace kw::cli {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view kClientHelp = R"(usage: kioskward s_client --connect HOST:PORT [OPTIONS]
  --ca FILE          trusted certificates (PEM)
  --cert FILE        own signing certificate, CA certificates may follow;  --key FILE  its key
  --enc-cert FILE    own encryption certificate;  --enc-key FILE  its key
  --suite NAME       ECC_SM4_GCM_SM3 (e053) or ECC_SM4_CBC_SM3 (e013); both without it
  --servername NAME  server_name extension (default: HOST where it is a name)
  --verify-name NAME name that the server's certificate must carry
  --no-extensions    send no extensions at all
  --insecure         go on when the server's certificate is refused
  --keylog FILE      append the master secret in SSLKEYLOGFILE form
  --bind ADDRESS     source address;  --interface NAME  source interface
  --showcerts        print the certificates as PEM
  --quiet            print nothing but the peer's data
)";

const std::vector<Options::Spec> kClientSpecs{{"connect", true},    {"ca", true},           {"cert", true},
                                        {"key", true},        {"enc-cert", true},     {"enc-key", true},
                                        {"suite", true},      {"servername", true},   {"verify-name", true},
                                        {"keylog", true},     {"no-extensions", false}, {"insecure", false},
                                        {"showcerts", false}, {"quiet", false},       {"bind", true},
                                        {"interface", true},  {"help", false}};

bool looks_like_name(const std::string& host) {
  return host.find_first_not_of("0123456789.") != std::string::npos && host.find(':') == std::string::npos;
}

Result<tlcp::ClientConfig> make_config(const Options& options, const std::string& host) {
  tlcp::ClientConfig out;
  if (options.has("ca")) {
    KW_TRY(out.trust, load_trust(options.value("ca")));
  }
  if (options.has("cert") != options.has("key")) return fail(Errc::invalid, "--cert and --key go together");
  if (options.has("cert")) {
    KW_TRY(out.identity, load_identity({options.value("cert"), options.value("key"), options.value("enc-cert"),
                                        options.value("enc-key")}));
  }
  if (options.has("suite")) {
    const auto suite = tlcp::find_suite(options.value("suite"));
    if (!suite) return fail(Errc::invalid, "unknown suite " + options.value("suite"));
    out.suites = {*suite};
  }
  out.server_name = options.has("servername") ? options.value("servername") : looks_like_name(host) ? host : "";
  out.expected_name = options.value("verify-name");
  out.extensions = !options.has("no-extensions");
  if (options.has("keylog")) {
    KW_TRY(out.key_log, file_key_log(options.value("keylog")));
  }
  return out;
}

asio::awaitable<int> converse(net::Target target, std::shared_ptr<const tlcp::ClientConfig> config,
                              const ChainVerdict& verdict, const Options& options, Terminal& terminal) {
  crypto::SystemRandom random;
  const platform::SystemClock clock;
  std::optional<tlcp::FailureReport> why;
  auto stream = co_await net::connect_tlcp(std::move(target), std::move(config), random, clock, net::in(10s), &why);
  if (!stream) {
    terminal.err << "s_client: " << stream.error().text() << "\n";
    co_return why && tlcp::code_for(why->failure) == Errc::untrusted ? kUntrusted : kFailed;
  }
  if (!options.has("quiet")) {
    terminal.out << "CONNECTED " << (*stream)->peer_address() << "\n";
    print_session(terminal.out, (*stream)->engine(), verdict, options.has("showcerts"));
  }
  const auto done = co_await relay(**stream, terminal, 2s);
  if (!done) {
    terminal.err << "s_client: " << done.error().text() << "\n";
    co_return kFailed;
  }
  if (!options.has("quiet")) terminal.out << "closed\n" << std::flush;
  co_return kDone;
}

}  // namespace

int run_s_client(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, kClientSpecs);
  if (options && options->has("help")) {
    terminal.out << kClientHelp;
    return kDone;
  }
  const auto usage = [&](const Error& error) {
    terminal.err << "s_client: " << error.text() << "\n" << kClientHelp;
    return kUsage;
  };
  if (!options) return usage(options.error());
  const auto where = parse_host_port(options->value("connect"));
  if (!where) return usage(where.error());
  auto config = make_config(*options, where->host);
  if (!config) return usage(config.error());

  ChainVerdict verdict;
  config->verifier = reporting_verifier(verdict, options->has("insecure"));
  const auto shared = std::make_shared<const tlcp::ClientConfig>(std::move(*config));
  net::Target target{where->host, where->port, options->value("interface"), options->value("bind")};
  asio::io_context context(1);
  int code = kFailed;
  asio::co_spawn(context, converse(std::move(target), shared, verdict, *options, terminal),
                 [&code](const std::exception_ptr& thrown, int result) {
                   if (thrown) std::rethrow_exception(thrown);
                   code = result;
                 });
  context.run();
  return code;
}

}  // namespace kw::cli
