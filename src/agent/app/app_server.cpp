#include "agent/app/app_server.h"

#include "agent/local_request.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostPrograms = 8;
constexpr std::chrono::milliseconds kDeskTick{500};
constexpr std::size_t kMostAnswersWaiting = 16U << 20;  // octets: eight answers, however they are escaped

}  // namespace

Result<std::unique_ptr<AppServer>> AppServer::start(boost::asio::any_io_executor executor, AppServerOptions options,
                                                    BusinessRoad& road, EventSink& events, net::HttpPorts ports,
                                                    ValueDesk::Ports values, SessionPlace* place,
                                                    SessionReader* reader) {
  std::unique_ptr<AppServer> out(new AppServer(executor, std::move(options.desk),
                                               {road, events, ports.clock, ports.random, values, place, reader}));
  net::Router router;
  router.websocket("/session", [self = out.get()](const net::Request& request) { return self->admit(request); });
  net::HttpOptions http;
  http.address = options.address;
  http.port = options.port;
  http.content_security_policy = "default-src 'none'";
  http.max_body = 1024;
  http.max_connections = kMostPrograms;
  http.websocket_origins = std::move(options.origins);
  http.websocket_max_message = kMostAppMessage;
  http.websocket_queue_octets = kMostAnswersWaiting;
  KW_TRY(out->server_, net::HttpServer::start(std::move(executor), http, std::move(router), ports));
  out->tick();
  return out;
}

tl::expected<net::WebSocketHandler, net::Response> AppServer::admit(const net::Request& request) {
  if (!names_this_host(request))
    return tl::unexpected(net::error_response(403, "forbidden", "not this host", request.trace));
  auto id = std::make_shared<AppDesk::PeerId>(0);
  net::WebSocketHandler out;
  out.on_open = [this, alive = alive_, id](const std::shared_ptr<net::WebSocketSession>& socket) {
    if (!*alive) return socket->close();
    *id =
        desk_.open({[socket](std::string text) { socket->send(std::make_shared<const std::string>(std::move(text))); },
                    [socket] { socket->close(); }});
  };
  out.on_text = [this, alive = alive_, id](std::string_view text) {
    if (*alive) desk_.text(*id, text);
  };
  out.on_close = [this, alive = alive_, id] {
    if (*alive) desk_.closed(*id);
  };
  return out;
}

void AppServer::tick() {
  desk_.tick();
  timer_.expires_after(kDeskTick);
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (!ec && *alive) tick();
  });
}

void AppServer::stop() {
  if (!std::exchange(*alive_, false)) return;
  timer_.cancel();
  desk_.session_over("stopped");
  server_->stop();
}

}  // namespace kw::agent
