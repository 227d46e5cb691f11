#pragma once
// LiveHub tells the consoles that are open what changed: LiveMessage texts over WebSockets, by role and scope, bounded.
//
// Each subscriber belongs to a session; it is closed when the session ends. Thread-safe; publish() never blocks on a
// peer (a slow one is dropped by net::WebSocketSession).
#include <functional>
#include <map>
#include <mutex>

#include "net/websocket.h"
#include "server/auth_service.h"

namespace kw::server {

/// Where something lies, and so who hears of it: everybody, only who sees the whole city, or whose scope has one of
/// these regions (that of the thing and all above it).
struct Audience {
  bool everybody = false;
  std::vector<store::RegionId> chain{};
  [[nodiscard]] bool holds(const store::Scope& scope) const;
};

class LiveHub {
 public:
  static constexpr std::size_t kMostSubscribers = 500;
  /// add: false where too many listen already.
  bool add(std::shared_ptr<net::WebSocketSession> socket, const Principal& who);
  void remove(const net::WebSocketSession* socket);
  /// publish sends {"kind": kind, <kind>: object} to those who may use `operation` (server/permissions.h) and are of
  /// the audience.
  void publish(std::string_view kind, std::string_view operation, const std::string& object, const Audience& audience);
  /// sweep closes the subscribers whose session `alive` no longer knows.
  void sweep(const std::function<bool(ByteView token_hash)>& alive);
  void close_session(ByteView token_hash);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Subscriber {
    std::shared_ptr<net::WebSocketSession> socket;
    Principal who;
  };
  mutable std::mutex mutex_;
  std::map<const net::WebSocketSession*, Subscriber> subscribers_;
};

}  // namespace kw::server
