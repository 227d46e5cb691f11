#include "net/listener.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "net/connection_count.h"

namespace kw::net {

using asio::ip::tcp;
namespace {
constexpr auto kQuiet = std::chrono::seconds(1);  // between two lines about refused connections
}

struct Listener::State {
  State(asio::io_context& c, Log& l, std::size_t most, std::size_t most_per_address)
      : context(c),
        log(l),
        count(std::make_shared<ConnectionCount>(most, most_per_address)),
        acceptor(asio::make_strand(c)) {}
  /// refused is for the acceptor's strand.
  void refused(const std::string& peer, const Error& why) {
    ++refusals;
    const auto now = std::chrono::steady_clock::now();
    if (now < quiet_until) return;
    quiet_until = now + kQuiet;
    log.warning("listener.refused", {{"peer", peer}, {"reason", why.text()}, {"since_last", std::to_string(refusals)}});
    refusals = 0;
  }
  asio::io_context& context;
  Log& log;
  const std::shared_ptr<ConnectionCount> count;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::chrono::steady_clock::time_point quiet_until{};
  std::uint64_t refusals = 0;
};

Listener::Listener(asio::io_context& context, Log& log, std::size_t most, std::size_t most_per_address)
    : state_(std::make_shared<State>(context, log, most, most_per_address)) {}

Listener::~Listener() { stop(); }

std::uint16_t Listener::port() const noexcept { return state_->port; }

Result<> Listener::open(const std::string& address, std::uint16_t port) {
  boost::system::error_code ec;
  const auto ip = asio::ip::make_address(address, ec);
  if (ec) return fail(Errc::invalid, "listen address " + address);
  const tcp::endpoint endpoint(ip, port);
  const auto doing = "listen on " + address + ":" + std::to_string(port);
  auto& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) state_->port = acceptor.local_endpoint(ec).port();
  if (ec == asio::error::address_in_use) return fail(Errc::conflict, doing);
  if (ec) return error_of(ec, doing);
  return {};
}

asio::awaitable<void> Listener::run(Handler handler) {
  const auto executor = state_->acceptor.get_executor();
  co_await asio::co_spawn(executor, accept_loop(state_, std::move(handler)), asio::use_awaitable);
}

asio::awaitable<void> Listener::accept_loop(std::shared_ptr<State> state, Handler handler) {
  // Coroutines of a lambda live off its captures, so the handler stays until the last connection has ended.
  const auto held = std::make_shared<const Handler>(std::move(handler));
  while (state->acceptor.is_open()) {
    auto [ec, socket] = co_await state->acceptor.async_accept(asio::make_strand(state->context), kTuple);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (ec) {  // out of descriptors, most likely: let some connections end
      state->log.warning("listener.accept_failed", {{"reason", ec.message()}});
      asio::steady_timer pause(state->acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(kTuple);
      continue;
    }
    boost::system::error_code gone;  // a peer that left already has no address, and costs nothing
    const auto from = socket.remote_endpoint(gone).address();
    if (gone) continue;
    auto place = state->count->take(from);
    if (!place) {
      state->refused(from.to_string(), place.error());
      continue;  // the socket closes here
    }
    const auto kept = std::make_shared<ConnectionCount::Place>(std::move(*place));
    const auto strand = socket.get_executor();
    asio::co_spawn(strand, (*held)(std::move(socket)), [state, held, kept](const std::exception_ptr& thrown) {
      if (!thrown) return;
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        state->log.error("listener.handler_failed", {{"reason", e.what()}});
      }
    });
  }
}

void Listener::stop() {
  asio::post(state_->acceptor.get_executor(), [state = state_] {
    boost::system::error_code ec;  // an acceptor that cannot be closed is closed already
    state->acceptor.close(ec);
  });
}

}  // namespace kw::net
