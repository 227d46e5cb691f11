#include "server/link/session_registry.h"

#include <vector>

namespace kw::server {

std::shared_ptr<ConnectedDevice> SessionRegistry::find(const DeviceId& device) const {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(device);
  return at == entries_.end() ? nullptr : at->second.session;
}

std::optional<SessionRegistry::Holder> SessionRegistry::holder(const DeviceId& device) const {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(device);
  return at == entries_.end() ? std::nullopt : std::optional(at->second.holder);
}

void SessionRegistry::claim(const DeviceId& device, std::shared_ptr<ConnectedDevice> session, Holder holder) {
  std::shared_ptr<ConnectedDevice> before;
  {
    const std::scoped_lock lock(mutex_);
    auto& entry = entries_[device];
    before = std::exchange(entry.session, std::move(session));
    entry.holder = std::move(holder);
  }
  if (before) before->put_out();
}

void SessionRegistry::heard(const DeviceId& device, const ConnectedDevice* session, Duration steady_now) {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(device);
  if (at != entries_.end() && at->second.session.get() == session) at->second.holder.last_heard = steady_now;
}

bool SessionRegistry::release(const DeviceId& device, const ConnectedDevice* session) {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(device);
  if (at == entries_.end() || at->second.session.get() != session) return false;
  entries_.erase(at);
  return true;
}

void SessionRegistry::nudge(const DeviceId& device) {
  if (const auto session = find(device)) session->nudge();
}

void SessionRegistry::put_out(const DeviceId& device) {
  if (const auto session = find(device)) session->put_out();
}

void SessionRegistry::put_out_all() {
  std::vector<std::shared_ptr<ConnectedDevice>> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [device, entry] : entries_) all.push_back(entry.session);
  }
  for (const auto& session : all) session->put_out();
}

}  // namespace kw::server
