#pragma once
// Vestibule holds the connections that have not been admitted yet; where it is full, the one that has waited longest
// goes.
//
// A kiosk comes through within a second, a peer that holds connections open does not: from however many addresses they
// come, the crowd puts itself out, and what strangers can make the platform hold is bounded. Thread-safe.
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "server/link/session_registry.h"

namespace kw::server {

class Vestibule {
 public:
  explicit Vestibule(std::size_t most) : most_(most) {}
  void enter(const std::shared_ptr<ConnectedDevice>& session);
  /// leave: it was admitted, or it has ended. Harmless when called again.
  void leave(const std::shared_ptr<ConnectedDevice>& session);
  void put_out_all();
  [[nodiscard]] std::size_t waiting() const;

 private:
  using Queue = std::list<std::weak_ptr<ConnectedDevice>>;
  const std::size_t most_;
  mutable std::mutex mutex_;
  Queue queue_;  // oldest first
  std::map<std::weak_ptr<ConnectedDevice>, Queue::iterator, std::owner_less<>> places_;
};

}  // namespace kw::server
