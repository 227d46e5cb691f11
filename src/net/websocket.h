#pragma once
// WebSocketSession is the sending handle of one open WebSocket; the HTTP server keeps the connection behind it.
//
//   router.websocket("/api/v1/live", [&](const Request& request) -> tl::expected<WebSocketHandler, Response> {
//     if (!may(request)) return tl::unexpected(error_response(401, ...));
//     return WebSocketHandler{.on_open = [&](std::shared_ptr<WebSocketSession> s) { hub.add(std::move(s)); }, ...};
//   });
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "net/http_types.h"

namespace kw::net {

/// Thread-safe. Outlives its connection harmlessly: sending then does nothing.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  /// send queues one text message. A peer that reads too slowly to keep the queue within its bound is dropped, with one
  /// log line. Returns false once the connection is over.
  virtual bool send(std::shared_ptr<const std::string> text) = 0;
  /// offer queues one binary message unless others wait: what comes too fast for this peer is skipped (false), and the
  /// peer stays. False too once the connection is over.
  virtual bool offer(std::shared_ptr<const std::string> octets) = 0;
  /// close ends the connection with status 1000, after what was sent before it.
  virtual void close() = 0;
};

/// What to do with a WebSocket; each function may be empty. They run on the connection's strand and must be quick.
struct WebSocketHandler {
  std::function<void(std::shared_ptr<WebSocketSession>)> on_open;
  std::function<void(std::string_view)> on_text;
  std::function<void()> on_close;  // exactly once after on_open
};

/// WebSocketGate looks at the upgrade request (its Origin is already checked) and accepts it or answers it.
using WebSocketGate = std::function<tl::expected<WebSocketHandler, Response>(const Request&)>;

}  // namespace kw::net
