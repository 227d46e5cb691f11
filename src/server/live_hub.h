#pragma once
// LiveHub tells the consoles that are open what changed: LiveMessage texts over WebSockets, by role, bounded.
//
// Each subscriber belongs to a session; it is closed when the session ends. Thread-safe; publish() never blocks on a
// peer (a slow one is dropped by net::WebSocketSession).
#include <functional>
#include <map>
#include <mutex>

#include "net/websocket.h"
#include "server/auth_service.h"

namespace kw::server {

class LiveHub {
 public:
  static constexpr std::size_t kMostSubscribers = 500;
  /// add: false where too many listen already.
  bool add(std::shared_ptr<net::WebSocketSession> socket, const Principal& who);
  void remove(const net::WebSocketSession* socket);
  /// publish sends {"kind": kind, <kind>: object} to everyone whose role may use `operation` (server/permissions.h).
  void publish(std::string_view kind, std::string_view operation, const std::string& object);
  /// sweep closes the subscribers whose session `alive` no longer knows.
  void sweep(const std::function<bool(ByteView token_hash)>& alive);
  void close_session(ByteView token_hash);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Subscriber {
    std::shared_ptr<net::WebSocketSession> socket;
    std::string role;
    Bytes token_hash;
  };
  mutable std::mutex mutex_;
  std::map<const net::WebSocketSession*, Subscriber> subscribers_;
};

}  // namespace kw::server
