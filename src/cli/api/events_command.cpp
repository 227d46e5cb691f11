// events: the live stream of the platform, a line each.
#include <charconv>
#include <ostream>

#include "cli/api/exchange.h"
#include "cli/api/live_line.h"
#include "net/websocket_client.h"

namespace kw::cli {
namespace {

using namespace std::chrono_literals;

/// Where the live stream ended: a refusal of the server, or nothing where as many lines came as were asked for.
using Ending = std::optional<Refusal>;

boost::asio::awaitable<Result<Ending>> follow(net::Target server, net::HttpCall call, std::uint64_t count,
                                              const Invocation& invocation) {
  const auto server_name = net::authority(server);
  auto& out = invocation.terminal.out;
  const bool raw = invocation.options.has("json");
  KW_CO_TRY(auto opening, co_await net::WebSocketClient::open(std::move(server), std::move(call), net::in(10s)));
  if (!opening.socket) {
    auto answer = understand(std::move(opening.answer));
    Ending refused = answer ? Refusal{"malformed", "the server opens no live stream", {}} : std::move(answer.error());
    co_return refused;
  }
  invocation.terminal.err << "kioskward: following " << server_name << "; Ctrl-C ends" << std::endl;
  for (std::uint64_t lines = 0; count == 0 || lines < count;) {
    KW_CO_TRY(const auto text, co_await opening.socket->read());
    KW_CO_TRY(const auto line, live_line(text));
    out << (raw ? text : line) << std::endl;
    if (!out) co_return fail(Errc::io, "standard output");
    ++lines;
  }
  co_return Ending();
}

}  // namespace

int run_events(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto session = load_session(call.options.value("session"));
  if (!session) return complain(err, session.error());
  auto server = parse_server_url(session->server);
  if (!server) return complain(err, server.error());
  const auto digits = call.options.value("count");
  std::uint64_t count = 0;  // no --count: until the stream ends
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  auto http = call_of(request_of(call.operation), *session);
  const auto ending = wait_for(follow(std::move(*server), std::move(http), count, call));
  if (!ending) return complain(err, refusal_of(ending.error()), session->server);
  return *ending ? complain(err, **ending, session->server) : kDone;
}

}  // namespace kw::cli
