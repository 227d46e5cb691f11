#pragma once
// WebSocketClient reads and sends the text messages of one WebSocket, as a coroutine.
//
//   net::HttpCall call("GET", "/api/v1/live");
//   KW_CO_TRY(auto opening, co_await net::WebSocketClient::open(std::move(server), std::move(call), net::in(10s)));
//   if (!opening.socket) ... opening.answer says why
//   while (true) { KW_CO_TRY(auto text, co_await opening.socket->read()); ... }
//
// Plain TCP without TLS (ADR 4). The Origin header is the server's own. One reader; all on one executor.
#include "net/http_client.h"

namespace kw::net {

class WebSocketClient {
 public:
  struct Opening {
    Response answer;                          // status 101, or the server's refusal
    std::unique_ptr<WebSocketClient> socket;  // null where refused
  };
  /// open connects and asks for the upgrade. Errors are those of http_exchange.
  static asio::awaitable<Result<Opening>> open(Target server, HttpCall call, Deadline deadline);
  virtual ~WebSocketClient() = default;
  /// read waits for the next message, which may take any time. A server that does not even answer pings for 30 s is
  /// Errc::timeout, one that ended the stream Errc::closed; too_large above 1 MiB, malformed for what is no WebSocket.
  /// After an error the stream is dead.
  virtual asio::awaitable<Result<std::string>> read() = 0;
  /// send gives one text message to the kernel; one sender at a time, beside the reader. Errors as read.
  virtual asio::awaitable<Result<>> send(std::string text) = 0;
};

}  // namespace kw::net
