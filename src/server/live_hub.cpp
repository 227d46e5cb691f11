#include "server/live_hub.h"

#include <algorithm>

namespace kw::server {

bool Audience::holds(const store::Scope& scope) const {
  if (everybody || scope.whole()) return true;
  return std::any_of(scope.regions.begin(), scope.regions.end(),
                     [&](const auto& region) { return std::find(chain.begin(), chain.end(), region) != chain.end(); });
}

bool LiveHub::add(std::shared_ptr<net::WebSocketSession> socket, const Principal& who) {
  const std::lock_guard lock(mutex_);
  if (subscribers_.size() >= kMostSubscribers) return false;
  const auto* key = socket.get();
  subscribers_.insert_or_assign(key, Subscriber{std::move(socket), who});
  return true;
}

void LiveHub::remove(const net::WebSocketSession* socket) {
  const std::lock_guard lock(mutex_);
  subscribers_.erase(socket);
}

void LiveHub::publish(std::string_view kind, std::string_view operation, const std::string& object,
                      const Audience& audience) {
  const auto text = std::make_shared<const std::string>("{\"kind\":\"" + std::string(kind) + "\",\"" +
                                                        std::string(kind) + "\":" + object + "}");
  const std::lock_guard lock(mutex_);
  for (const auto& [key, subscriber] : subscribers_) {
    // A closed one is taken out by its own on_close.
    if (subscriber.who.may(operation) && audience.holds(subscriber.who.scope))
      static_cast<void>(subscriber.socket->send(text));
  }
}

void LiveHub::sweep(const std::function<bool(ByteView)>& alive) {
  std::vector<Subscriber> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, subscriber] : subscribers_) all.push_back(subscriber);
  }
  for (const auto& subscriber : all) {
    if (!alive(subscriber.who.token_hash)) subscriber.socket->close();
  }
}

void LiveHub::close_session(ByteView token_hash) {
  sweep([&](ByteView held) { return !equal(held, token_hash); });
}

std::size_t LiveHub::size() const {
  const std::lock_guard lock(mutex_);
  return subscribers_.size();
}

}  // namespace kw::server
