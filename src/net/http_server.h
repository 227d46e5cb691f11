#pragma once
// HttpServer is an HTTP/1.1 and WebSocket server on an Asio executor, loopback by default.
//
//   net::Router router;
//   router.add("GET", "/health", [](const net::Request&) { return net::json_response(200, "{}"); });
//   KW_TRY(auto server, net::HttpServer::start(io.get_executor(), {.port = 0}, std::move(router), {log, clock,
//   random}));
//   ... server->port() ... server->stop();
//
// Every connection runs on a strand of its own; handlers may block for a short while and run on as many threads as the
// executor has. Everything that a peer sends is bounded in size and time. A request that cannot be understood gets
// {code, detail, trace} and one log line. Exceptions of a handler become a 500 and one log line.
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "net/router.h"

namespace kw::net {

struct HttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;              // 0: the system chooses
  std::filesystem::path static_dir{};  // empty: no files are served
  std::string content_security_policy =
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
      "media-src blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
      "'none'";
  std::uint64_t max_body = 1U << 20;                 // octets
  std::uint32_t max_header = 16U << 10;              // octets, start line included
  std::size_t max_connections = 1000;                // more are closed at once
  std::chrono::milliseconds read_deadline{10'000};   // for one whole request once it began, and for one response
  std::chrono::milliseconds idle_deadline{60'000};   // between requests of one connection
  std::chrono::milliseconds websocket_idle{30'000};  // a silent peer is asked by ping, and dropped after this
  std::size_t websocket_queue = 256;                 // waiting messages of one WebSocket
  std::size_t websocket_queue_octets = 4U << 20;     // and their sum
  /// Whose pages may open a WebSocket beside the server's own; programs that name no origin may then too. Without it
  /// the server's own pages alone.
  std::optional<std::vector<std::string>> websocket_origins{};
  std::size_t websocket_max_message = 64U << 10;  // incoming
};

/// The ports must outlive the executor's work.
struct HttpPorts {
  Log& log;
  const Clock& clock;
  Random& random;
};

class HttpServer {
 public:
  /// start binds and begins to accept. Errc::invalid for a bad address, Errc::conflict where the port is taken,
  /// Errc::not_permitted, Errc::io.
  static Result<std::unique_ptr<HttpServer>> start(boost::asio::any_io_executor executor, HttpOptions options,
                                                   Router router, HttpPorts ports);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;
  /// stop closes the listening socket and every connection; it does not wait for running handlers. Thread-safe.
  void stop();

  class Impl;

 private:
  explicit HttpServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace kw::net
