#pragma once
// LiveViews gives the frames of live views to those who look: the newest only, in memory only, and to nobody who is too
// slow for them.
//
//   views.frame(order, jpeg);                       // from the kiosk
//   views.add(order, socket, who, purpose);         // somebody looks; the newest frame comes at once
//   views.close(order);                             // the order's time is over, or it was ended
//
// A view exists from its first frame or viewer to close(); at most kMostViews with kMostViewers each. What each viewer
// has seen is told to `on_end` when it goes. Thread-safe; on_end is called without a lock held.
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "net/websocket.h"
#include "server/auth_service.h"

namespace kw::server {

struct LookEnd {
  OrderId order;
  Principal who;
  std::string trace, purpose;
  std::uint64_t frames = 0;
  Duration lasted{0};
};

class LiveViews {
 public:
  static constexpr std::size_t kMostViews = 64;
  static constexpr std::size_t kMostViewers = 8;  // of one view
  LiveViews(const Clock& clock, std::function<void(const LookEnd&)> on_end)
      : clock_(clock), on_end_(std::move(on_end)) {}

  struct Viewer {
    Principal who;
    std::string trace, purpose;
  };
  /// add: false where too many look already; told to on_end like any other end.
  bool add(const OrderId& order, std::shared_ptr<net::WebSocketSession> socket, Viewer viewer);
  void remove(const OrderId& order, const net::WebSocketSession* socket);
  void frame(const OrderId& order, std::shared_ptr<const std::string> jpeg);
  /// close sends the viewers away and forgets the view.
  void close(const OrderId& order);
  /// sweep closes those whose session `alive` no longer knows, and the views of which `live` says that they are over.
  void sweep(const std::function<bool(ByteView token_hash)>& alive, const std::function<bool(const OrderId&)>& live);
  void close_session(ByteView token_hash);
  [[nodiscard]] std::uint64_t frames(const OrderId& order) const;  // from the kiosk
  [[nodiscard]] std::size_t viewers(const OrderId& order) const;
  /// skipped counts frames that a viewer did not get because it was not done with the one before.
  [[nodiscard]] std::uint64_t skipped() const;

 private:
  struct Look {
    std::shared_ptr<net::WebSocketSession> socket;
    Viewer viewer;
    Duration since{0};
    std::uint64_t frames = 0;
  };
  struct View {
    std::shared_ptr<const std::string> newest;
    std::uint64_t frames = 0;
    std::map<const net::WebSocketSession*, Look> looks;
  };
  void offer(Look& look, const std::shared_ptr<const std::string>& jpeg);
  void tell(const OrderId& order, const Look& look);

  const Clock& clock_;
  std::function<void(const LookEnd&)> on_end_;
  mutable std::mutex mutex_;
  std::map<OrderId, View> views_;
  std::uint64_t skipped_ = 0;
};

}  // namespace kw::server
