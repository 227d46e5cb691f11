#pragma once
// NetworkState keeps what is known of one network namespace and turns messages into observations of real changes.
//
// PURE; not thread-safe. Keys: link and address by interface index; route by table, metric, family, destination and
// hop, so that another gateway in the same place is a change and not an addition; neighbour by interface and address.
#include <map>
#include <tuple>

#include "platform/linux/network_messages.h"

namespace kw::platform {

class NetworkState {
 public:
  using Observations = std::vector<device::Observation>;

  /// take applies one message of the event stream. Routes are not taken from events but re-read as a whole (see
  /// replace_routes), because the kernel removes IPv4 routes of a link that goes down without a word.
  Observations take(const NetworkMessage& message);
  /// routes_stale: a link, address or route event came since the last replace_routes.
  [[nodiscard]] bool routes_stale() const noexcept { return routes_stale_; }
  /// replace_routes gives the differences between the kept routes and a complete dump.
  Observations replace_routes(const std::vector<NetworkMessage>& dump);
  /// replace gives the differences between everything kept and complete dumps; on an empty state all are `present`.
  Observations replace(const std::vector<NetworkMessage>& dump);
  /// present returns everything kept, as Change::present.
  [[nodiscard]] Observations present() const;

 private:
  using AddressKey = std::pair<int, std::string>;
  using RouteKey = std::tuple<std::uint32_t, std::uint32_t, int, std::string, std::size_t>;
  using NeighbourKey = std::pair<int, std::string>;
  [[nodiscard]] std::string link_name(int index) const;
  void take_link(const LinkMessage& message, Observations& out);
  void forget_link(int index, Observations& out);
  void take_address(const AddressMessage& message, Observations& out);
  void take_neighbour(const NeighbourMessage& message, Observations& out);

  std::map<int, device::LinkObserved> links_;
  std::map<AddressKey, device::AddressObserved> addresses_;
  std::map<RouteKey, device::RouteObserved> routes_;
  std::map<NeighbourKey, device::NeighbourObserved> neighbours_;
  bool routes_stale_ = false;
  bool filled_ = false;
};

}  // namespace kw::platform
