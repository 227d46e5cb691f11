#pragma once
// For tests of this folder: a TLCP server on a free loopback port, and coroutines run to their end with a deadline.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "net/envelope_stream.h"
#include "net/listener.h"
#include "tests/support/tlcp/peers.h"

namespace kw::net::testing {

using namespace std::chrono_literals;
namespace peers = tlcp::testing;

struct StreamTestBed {
  using Serve = std::function<asio::awaitable<void>(TlcpStream&)>;

  explicit StreamTestBed(Serve serve, tlcp::ServerConfig config = peers::server_config(tlcp::ClientAuth::required))
      : server_config(std::make_shared<tlcp::ServerConfig>(std::move(config))) {
    EXPECT_TRUE(listener.open("127.0.0.1", 0));
    asio::co_spawn(context, listener.run([this, serve](asio::ip::tcp::socket socket) -> asio::awaitable<void> {
      TlcpStream stream(std::move(socket), std::make_unique<tlcp::Server>(server_config, random, clock));
      server_handshake = co_await stream.handshake(in(5s));
      server_failure = stream.engine().failure();
      if (server_handshake) co_await serve(stream);
    }),
                   [](const std::exception_ptr& e) {
                     if (e) std::rethrow_exception(e);
                   });
  }

  /// run plays a client's part and returns when it and every server coroutine have ended.
  void run(std::function<asio::awaitable<void>()> client) {
    bool done = false;
    asio::co_spawn(context, client(), [&](const std::exception_ptr& e) {
      if (e) std::rethrow_exception(e);
      done = true;
      listener.stop();
    });
    context.run_for(20s);
    EXPECT_TRUE(done) << "the client's part did not end";
    EXPECT_TRUE(context.stopped()) << "something still waits";
  }
  [[nodiscard]] Target target() const { return {"127.0.0.1", listener.port(), "", ""}; }
  asio::awaitable<Result<std::unique_ptr<TlcpStream>>> connect(
      tlcp::ClientConfig config = peers::client_config(), std::optional<tlcp::FailureReport>* why = nullptr) {
    return connect_tlcp(target(), std::make_shared<tlcp::ClientConfig>(std::move(config)), random, clock, in(5s), why);
  }

  asio::io_context context{1};
  NullLog log;
  Listener listener{context, log};
  peers::CountingRandom random;
  peers::StandingClock clock;
  std::shared_ptr<const tlcp::ServerConfig> server_config;
  Result<> server_handshake = fail(Errc::wrong_state);
  std::optional<tlcp::FailureReport> server_failure;
};

}  // namespace kw::net::testing
