#include "server/link/session_registry.h"

#include <vector>

namespace kw::server {
namespace {

bool keeps_out(const SessionRegistry::Holder& holder, const SessionRegistry::Holder& claimant, Duration alive) {
  return holder.boot_id != claimant.boot_id && claimant.last_heard - holder.last_heard < alive;
}

}  // namespace

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

std::optional<SessionRegistry::Holder> SessionRegistry::rival(const DeviceId& device, const Holder& claimant,
                                                              Duration alive) const {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(device);
  if (at == entries_.end()) return std::nullopt;
  return keeps_out(at->second.holder, claimant, alive) ? std::optional(at->second.holder) : std::nullopt;
}

std::optional<SessionRegistry::Holder> SessionRegistry::claim(const DeviceId& device,
                                                              std::shared_ptr<ConnectedDevice> session, Holder claimant,
                                                              Duration alive) {
  std::shared_ptr<ConnectedDevice> before;
  {
    const std::scoped_lock lock(mutex_);
    auto& entry = entries_[device];
    if (entry.session && keeps_out(entry.holder, claimant, alive)) return entry.holder;
    before = std::exchange(entry.session, std::move(session));
    entry.holder = std::move(claimant);
  }
  if (before) before->put_out();
  return std::nullopt;
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

void SessionRegistry::nudge_all() {
  for (const auto& session : everybody()) session->nudge();
}

void SessionRegistry::put_out_all() {
  for (const auto& session : everybody()) session->put_out();
}

std::vector<std::shared_ptr<ConnectedDevice>> SessionRegistry::everybody() const {
  std::vector<std::shared_ptr<ConnectedDevice>> all;
  const std::scoped_lock lock(mutex_);
  for (const auto& [device, entry] : entries_) all.push_back(entry.session);
  return all;
}

}  // namespace kw::server
