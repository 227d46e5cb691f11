#include "platform/linux/network_state.h"

#include <set>

namespace kw::platform {
namespace {

using device::Change;

template <class T>
T with(T observed, Change change) {
  observed.change = change;
  return observed;
}

bool same(const device::LinkObserved& a, const device::LinkObserved& b) {
  return std::tie(a.name, a.kind, a.mac, a.permanent_mac, a.up) ==
         std::tie(b.name, b.kind, b.mac, b.permanent_mac, b.up);
}
bool same(const device::AddressObserved& a, const device::AddressObserved& b) {
  return std::tie(a.address, a.link_local) == std::tie(b.address, b.link_local);
}
bool same(const device::RouteObserved& a, const device::RouteObserved& b) {
  return std::tie(a.gateway, a.interface) == std::tie(b.gateway, b.interface);
}
bool same(const device::NeighbourObserved& a, const device::NeighbourObserved& b) { return a.mac == b.mac; }

// Stores a value and tells it where it is new or different.
template <class Map>
void put(Map& map, const typename Map::key_type& key, const typename Map::mapped_type& value,
         NetworkState::Observations& out) {
  const auto [at, fresh] = map.try_emplace(key, value);
  if (!fresh && same(at->second, value)) return;
  at->second = value;
  out.emplace_back(with(value, fresh ? Change::added : Change::changed));
}

template <class Map>
void drop(Map& map, const typename Map::key_type& key, NetworkState::Observations& out) {
  const auto at = map.find(key);
  if (at == map.end()) return;
  out.emplace_back(with(at->second, Change::removed));
  map.erase(at);
}

// Removes what a complete dump did not mention.
template <class Map>
void drop_unseen(Map& map, const std::set<typename Map::key_type>& seen, NetworkState::Observations& out) {
  for (auto at = map.begin(); at != map.end();) {
    if (seen.contains(at->first)) {
      ++at;
      continue;
    }
    out.emplace_back(with(at->second, Change::removed));
    at = map.erase(at);
  }
}

}  // namespace

std::string NetworkState::link_name(int index) const {
  const auto found = links_.find(index);
  return found != links_.end() ? found->second.name : std::string{};
}

void NetworkState::take_link(const LinkMessage& message, Observations& out) {
  if (message.removed) return forget_link(message.link.index, out);
  put(links_, message.link.index, message.link, out);
}

void NetworkState::forget_link(int index, Observations& out) {
  for (auto at = addresses_.lower_bound({index, ""}); at != addresses_.end() && at->first.first == index;) {
    out.emplace_back(with(at->second, Change::removed));
    at = addresses_.erase(at);
  }
  for (auto at = neighbours_.lower_bound({index, ""}); at != neighbours_.end() && at->first.first == index;) {
    out.emplace_back(with(at->second, Change::removed));
    at = neighbours_.erase(at);
  }
  drop(links_, index, out);
}

void NetworkState::take_address(const AddressMessage& message, Observations& out) {
  const AddressKey key{message.address.index, message.address.address};
  if (message.removed) return drop(addresses_, key, out);
  auto address = message.address;
  address.interface = link_name(address.index);
  put(addresses_, key, address, out);
}

void NetworkState::take_neighbour(const NeighbourMessage& message, Observations& out) {
  const NeighbourKey key{message.index, message.neighbour.address};
  if (message.removed) return drop(neighbours_, key, out);
  auto neighbour = message.neighbour;
  neighbour.interface = link_name(message.index);
  put(neighbours_, key, neighbour, out);
}

NetworkState::Observations NetworkState::take(const NetworkMessage& message) {
  Observations out;
  if (const auto* link = std::get_if<LinkMessage>(&message)) take_link(*link, out);
  if (const auto* address = std::get_if<AddressMessage>(&message)) take_address(*address, out);
  if (const auto* neighbour = std::get_if<NeighbourMessage>(&message)) take_neighbour(*neighbour, out);
  if (!std::holds_alternative<NeighbourMessage>(message)) routes_stale_ = true;
  return out;
}

NetworkState::Observations NetworkState::replace_routes(const std::vector<NetworkMessage>& dump) {
  Observations out;
  std::set<RouteKey> seen;
  for (const auto& message : dump) {
    const auto* route = std::get_if<RouteMessage>(&message);
    if (route == nullptr || route->removed) continue;
    RouteKey key{route->table, route->metric, route->family, route->route.destination, route->hop};
    // IPv6 lists several hops of one route as several routes: they differ by position only.
    while (seen.contains(key)) ++std::get<4>(key);
    auto observed = route->route;
    observed.interface = link_name(route->index);
    put(routes_, key, observed, out);
    seen.insert(key);
  }
  drop_unseen(routes_, seen, out);
  routes_stale_ = false;
  return out;
}

NetworkState::Observations NetworkState::replace(const std::vector<NetworkMessage>& dump) {
  Observations out;
  std::set<int> links;
  std::set<AddressKey> addresses;
  std::set<NeighbourKey> neighbours;
  for (const auto& message : dump)
    if (const auto* link = std::get_if<LinkMessage>(&message)) {
      links.insert(link->link.index);
      take_link(*link, out);
    }
  for (const auto& message : dump) {
    if (const auto* address = std::get_if<AddressMessage>(&message)) {
      addresses.emplace(address->address.index, address->address.address);
      take_address(*address, out);
    }
    if (const auto* neighbour = std::get_if<NeighbourMessage>(&message)) {
      neighbours.emplace(neighbour->index, neighbour->neighbour.address);
      take_neighbour(*neighbour, out);
    }
  }
  auto routes = replace_routes(dump);
  out.insert(out.end(), routes.begin(), routes.end());
  drop_unseen(addresses_, addresses, out);
  drop_unseen(neighbours_, neighbours, out);
  drop_unseen(links_, links, out);
  return std::exchange(filled_, true) ? out : present();
}

NetworkState::Observations NetworkState::present() const {
  Observations out;
  for (const auto& [key, value] : links_) out.emplace_back(with(value, Change::present));
  for (const auto& [key, value] : addresses_) out.emplace_back(with(value, Change::present));
  for (const auto& [key, value] : routes_) out.emplace_back(with(value, Change::present));
  for (const auto& [key, value] : neighbours_) out.emplace_back(with(value, Change::present));
  return out;
}

}  // namespace kw::platform
