#pragma once
// AppServer is the agent's local API for the kiosk's business programs: a WebSocket on loopback,
// ws://127.0.0.1:8671/session.
//
// Web pages must be of an origin that the configuration names; programs that are no browser send none. Every connection
// shows the token first (app_message.h). Refused: requests that name another host. Not thread-safe: everything runs on
// the executor's one thread. Decision: ADR 90.
#include <boost/asio/steady_timer.hpp>

#include "agent/app/app_desk.h"
#include "net/http_server.h"

namespace kw::agent {

struct AppServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8671;
  std::vector<std::string> origins;
  AppDesk::Options desk;
};

class AppServer {
 public:
  /// start: a port that is taken is an error. The ports must outlive the executor's work.
  static Result<std::unique_ptr<AppServer>> start(boost::asio::any_io_executor executor, AppServerOptions options,
                                                  BusinessRoad& road, EventSink& events, net::HttpPorts ports,
                                                  ValueDesk::Ports values = {}, SessionPlace* place = nullptr,
                                                  SessionReader* reader = nullptr);
  ~AppServer() { *alive_ = false; }
  AppServer(const AppServer&) = delete;
  AppServer& operator=(const AppServer&) = delete;
  /// stop ends the session that there is, and every connection.
  void stop();
  [[nodiscard]] AppDesk& desk() noexcept { return desk_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return server_->port(); }

 private:
  AppServer(boost::asio::any_io_executor executor, AppDesk::Options options, AppDesk::Ports ports)
      : desk_(std::move(options), ports), timer_(std::move(executor)) {}
  tl::expected<net::WebSocketHandler, net::Response> admit(const net::Request& request);
  void tick();

  AppDesk desk_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<net::HttpServer> server_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent
