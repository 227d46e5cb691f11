#pragma once
// Listener accepts TCP connections and hands each to a coroutine on a strand of its own.
//
//   net::Listener listener(context);
//   KW_CHECK(listener.open("0.0.0.0", 7443));
//   co_spawn(context, listener.run([&](tcp::socket s) -> awaitable<void> { ... }), detached);
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "net/deadline.h"

namespace kw::net {

class Listener {
 public:
  using Handler = std::function<asio::awaitable<void>(asio::ip::tcp::socket)>;

  /// `context` and `log` must outlive the listener. At most `most` connections are served at a time, and of one address
  /// at most `most_per_address`; above that new ones are closed at once. A flood of them is a line a second.
  Listener(asio::io_context& context, Log& log, std::size_t most = 4096, std::size_t most_per_address = SIZE_MAX);
  ~Listener();  // stops
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// open binds and listens; port 0 takes a free one, port() tells which. Errc::io, not_permitted, invalid (address).
  Result<> open(const std::string& address, std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// run accepts until stop(). A handler that throws is logged as a defect, and its connection is gone.
  asio::awaitable<void> run(Handler handler);
  /// stop ends run(); connections that are being served go on. Thread-safe.
  void stop();

 private:
  struct State;
  static asio::awaitable<void> accept_loop(std::shared_ptr<State> state, Handler handler);
  std::shared_ptr<State> state_;  // outlives the listener while connections are served
};

}  // namespace kw::net
