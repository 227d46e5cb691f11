#include "server/live_views.h"

#include <vector>

namespace kw::server {

void LiveViews::offer(Look& look, const std::shared_ptr<const std::string>& jpeg) {
  if (look.socket->offer(jpeg)) {
    ++look.frames;
  } else {
    ++skipped_;
  }
}

bool LiveViews::add(const OrderId& order, std::shared_ptr<net::WebSocketSession> socket, Viewer viewer) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = views_.find(order);
    const bool room = known == views_.end() ? views_.size() < kMostViews : known->second.looks.size() < kMostViewers;
    if (room) {
      auto& view = views_[order];
      const auto* key = socket.get();
      auto& look = view.looks[key];
      look = {std::move(socket), std::move(viewer), clock_.steady(), 0};
      if (view.newest) offer(look, view.newest);
      return true;
    }
  }
  tell(order, {std::move(socket), std::move(viewer), clock_.steady(), 0});
  return false;
}

void LiveViews::tell(const OrderId& order, const Look& look) {
  on_end_({order, look.viewer.who, look.viewer.trace, look.viewer.purpose, look.frames, clock_.steady() - look.since});
}

void LiveViews::remove(const OrderId& order, const net::WebSocketSession* socket) {
  std::optional<Look> gone;
  {
    const std::lock_guard lock(mutex_);
    const auto view = views_.find(order);
    if (view == views_.end()) return;
    if (auto node = view->second.looks.extract(socket)) gone = std::move(node.mapped());
  }
  if (gone) tell(order, *gone);
}

void LiveViews::frame(const OrderId& order, std::shared_ptr<const std::string> jpeg) {
  const std::lock_guard lock(mutex_);
  if (!views_.contains(order) && views_.size() >= kMostViews) return;
  auto& view = views_[order];
  view.newest = std::move(jpeg);
  ++view.frames;
  for (auto& [key, look] : view.looks) offer(look, view.newest);
}

void LiveViews::close(const OrderId& order) {
  std::map<const net::WebSocketSession*, Look> gone;
  {
    const std::lock_guard lock(mutex_);
    auto node = views_.extract(order);
    if (!node) return;
    gone = std::move(node.mapped().looks);
  }
  for (const auto& [key, look] : gone) {
    look.socket->close();
    tell(order, look);
  }
}

void LiveViews::sweep(const std::function<bool(ByteView)>& alive, const std::function<bool(const OrderId&)>& live) {
  std::vector<std::pair<OrderId, Bytes>> sessions;
  std::vector<OrderId> orders;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [order, view] : views_) {
      orders.push_back(order);
      for (const auto& [key, look] : view.looks) sessions.emplace_back(order, look.viewer.who.token_hash);
    }
  }
  for (const auto& [order, token] : sessions)
    if (!alive(token)) close_session(token);
  for (const auto& order : orders)
    if (!live(order)) close(order);
}

void LiveViews::close_session(ByteView token_hash) {
  // Taken out here, not when the socket is closed: a browser that does not answer the closing keeps it for seconds.
  std::vector<std::pair<OrderId, Look>> gone;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [order, view] : views_) {
      for (auto look = view.looks.begin(); look != view.looks.end();) {
        if (equal(look->second.viewer.who.token_hash, token_hash)) {
          gone.emplace_back(order, std::move(look->second));
          look = view.looks.erase(look);
        } else {
          ++look;
        }
      }
    }
  }
  for (const auto& [order, look] : gone) {
    look.socket->close();
    tell(order, look);
  }
}

std::uint64_t LiveViews::frames(const OrderId& order) const {
  const std::lock_guard lock(mutex_);
  const auto view = views_.find(order);
  return view == views_.end() ? 0 : view->second.frames;
}

std::size_t LiveViews::viewers(const OrderId& order) const {
  const std::lock_guard lock(mutex_);
  const auto view = views_.find(order);
  return view == views_.end() ? 0 : view->second.looks.size();
}

std::uint64_t LiveViews::skipped() const {
  const std::lock_guard lock(mutex_);
  return skipped_;
}

}  // namespace kw::server
