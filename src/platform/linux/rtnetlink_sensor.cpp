#include "platform/linux/rtnetlink_sensor.h"

#include <linux/rtnetlink.h>

#include "platform/linux/netlink_socket.h"
#include "platform/linux/network_dump.h"
#include "platform/linux/network_state.h"

namespace kw::platform {
namespace {

constexpr unsigned kGroups =
    RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

Result<std::vector<NetworkMessage>> dump_all(NetlinkSocket& socket) {
  return dump_network(socket, {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH});
}

}  // namespace

class RtnetlinkSensor::Listener final : public Readable {
 public:
  Listener(NetlinkSocket events, NetlinkSocket requests, Sink sink)
      : events_(std::move(events)), requests_(std::move(requests)), sink_(std::move(sink)) {}

  [[nodiscard]] int descriptor() const override { return events_.descriptor(); }
  void begin() override { read_all(); }

  void ready() override {
    bool lost = std::exchange(read_again_, false);
    for (int i = 0; i < kMostBatch; ++i) {
      ByteView datagram;
      const auto read = events_.receive(datagram);
      if (!read || *read == NetlinkSocket::Read::overflow) {
        lost = true;
        continue;
      }
      if (*read == NetlinkSocket::Read::empty) break;
      const auto messages = parse_network_messages(datagram);
      lost = lost || !messages;
      if (!messages) continue;
      for (const auto& message : *messages) deliver(state_.take(message));
    }
    if (lost) {
      sink_(device::SensorLost{"rtnetlink", 1});
      read_all();
    } else if (state_.routes_stale()) {
      read_routes();
    }
  }

 private:
  static constexpr int kMostBatch = 256;

  void deliver(NetworkState::Observations observations) {
    for (auto& observation : observations) sink_(std::move(observation));
  }
  // A dump that fails leaves the state as it was; SensorLost tells, and the next event reads again.
  void read_all() {
    if (const auto whole = dump_all(requests_)) return deliver(state_.replace(*whole));
    failed();
  }
  void read_routes() {
    if (const auto routes = dump_network(requests_, {RTM_GETROUTE})) return deliver(state_.replace_routes(*routes));
    failed();
  }
  void failed() {
    read_again_ = true;
    sink_(device::SensorLost{"rtnetlink", 1});
  }

  NetlinkSocket events_, requests_;
  Sink sink_;
  NetworkState state_;
  bool read_again_ = false;
};

RtnetlinkSensor::RtnetlinkSensor(Options options) : options_(options) {}
RtnetlinkSensor::~RtnetlinkSensor() = default;

Result<> RtnetlinkSensor::start(Sink sink) {
  if (thread_.running()) return fail(Errc::wrong_state, "rtnetlink sensor runs already");
  KW_TRY(auto events, NetlinkSocket::open(NETLINK_ROUTE, kGroups));
  KW_CHECK(events.set_receive_buffer(options_.receive_buffer));
  KW_TRY(auto requests, NetlinkSocket::open(NETLINK_ROUTE, 0));
  return thread_.start(std::make_unique<Listener>(std::move(events), std::move(requests), std::move(sink)));
}

void RtnetlinkSensor::stop() { thread_.stop(); }

Result<std::vector<device::Observation>> RtnetlinkSensor::snapshot() {
  KW_TRY(auto requests, NetlinkSocket::open(NETLINK_ROUTE, 0));
  KW_TRY(const auto whole, dump_all(requests));
  NetworkState state;
  return state.replace(whole);
}

}  // namespace kw::platform
