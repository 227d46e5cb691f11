#include "server/link/vestibule.h"

namespace kw::server {

void Vestibule::enter(const std::shared_ptr<ConnectedDevice>& session) {
  std::shared_ptr<ConnectedDevice> longest;
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= most_) {
      longest = queue_.front().lock();
      places_.erase(queue_.front());
      queue_.pop_front();
    }
    places_[session] = queue_.insert(queue_.end(), session);
  }
  if (longest) longest->put_out();
}

void Vestibule::leave(const std::shared_ptr<ConnectedDevice>& session) {
  const std::scoped_lock lock(mutex_);
  const auto at = places_.find(session);
  if (at == places_.end()) return;
  queue_.erase(at->second);
  places_.erase(at);
}

void Vestibule::put_out_all() {
  Queue all;
  {
    const std::scoped_lock lock(mutex_);
    places_.clear();
    all.swap(queue_);
  }
  for (const auto& waiting : all) {
    if (const auto session = waiting.lock()) session->put_out();
  }
}

std::size_t Vestibule::waiting() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

}  // namespace kw::server
