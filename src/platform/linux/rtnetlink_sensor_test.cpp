#include "platform/linux/rtnetlink_sensor.h"

#include "platform/linux/namespace_fixture_test.h"

namespace kw::platform {
namespace {

using device::AddressObserved;
using device::Change;
using device::LinkObserved;
using device::NeighbourObserved;
using device::RouteObserved;

class RtnetlinkTest : public NamespaceTest {
 protected:
  void start() { ASSERT_TRUE(sensor_.start(seen_.sink())); }
  auto link(Change change, const std::string& name) {
    return seen_.wait<LinkObserved>([&](const auto& l) { return l.change == change && l.name == name; });
  }
  Observed seen_;
  RtnetlinkSensor sensor_;
};

TEST_F(RtnetlinkTest, TellsTheSnapshotFirst) {
  run_ok("ip link add kiosk0 type veth peer name peer0");
  run_ok("ip addr add 10.66.0.10/24 dev kiosk0");
  run_ok("ip link set kiosk0 up");
  run_ok("ip route add default via 10.66.0.1 dev kiosk0");
  run_ok("ip neigh add 10.66.0.1 lladdr 02:00:00:00:00:01 dev kiosk0");
  start();
  const auto found = link(Change::present, "kiosk0");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, "veth");
  EXPECT_TRUE(found->up);
  EXPECT_EQ(found->mac.size(), 17U);
  EXPECT_TRUE(link(Change::present, "lo") && link(Change::present, "lo")->kind == "loopback");
  EXPECT_TRUE(seen_.wait<AddressObserved>([](const auto& a) {
    return a.change == Change::present && a.address == "10.66.0.10/24" && a.interface == "kiosk0";
  }));
  EXPECT_TRUE(seen_.wait<RouteObserved>([](const auto& r) {
    return r.change == Change::present && r.destination == "default" && r.gateway == "10.66.0.1" &&
           r.interface == "kiosk0";
  }));
  EXPECT_TRUE(seen_.wait<NeighbourObserved>([](const auto& n) {
    return n.change == Change::present && n.mac == "02:00:00:00:00:01" && n.interface == "kiosk0";
  }));
  EXPECT_EQ(sensor_.start(seen_.sink()).code(), Errc::wrong_state);
}

TEST_F(RtnetlinkTest, SeesNewInterfacesOfEveryKindAndTheirEnd) {
  start();
  ASSERT_TRUE(link(Change::present, "lo"));
  run_ok("ip link add second0 type veth peer name second1");
  run_ok("ip tuntap add dev tun9 mode tun");
  run_ok("ip link add bridge9 type bridge");
  ASSERT_TRUE(link(Change::added, "second0"));
  const auto tun = link(Change::added, "tun9");
  ASSERT_TRUE(tun);
  EXPECT_EQ(tun->kind, "tun");
  const auto bridge = link(Change::added, "bridge9");
  ASSERT_TRUE(bridge);
  EXPECT_EQ(bridge->kind, "bridge");
  run_ok("ip link del bridge9");
  EXPECT_TRUE(link(Change::removed, "bridge9"));
}

TEST_F(RtnetlinkTest, SeesRenameUpMacAndAddress) {
  run_ok("ip link add kiosk0 type veth peer name peer0");
  start();
  const auto before = link(Change::present, "kiosk0");
  ASSERT_TRUE(before);
  run_ok("ip link set kiosk0 name wlan0");
  const auto renamed = link(Change::changed, "wlan0");
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->index, before->index);
  run_ok("ip link set wlan0 address 02:00:00:00:00:77");
  EXPECT_TRUE(seen_.wait<LinkObserved>(
      [](const auto& l) { return l.change == Change::changed && l.mac == "02:00:00:00:00:77"; }));
  run_ok("ip link set wlan0 up");
  EXPECT_TRUE(seen_.wait<LinkObserved>([](const auto& l) { return l.name == "wlan0" && l.up; }));
  run_ok("ip addr add 10.66.0.99/24 dev wlan0");
  EXPECT_TRUE(seen_.wait<AddressObserved>([](const auto& a) {
    return a.change == Change::added && a.address == "10.66.0.99/24" && a.interface == "wlan0";
  }));
  run_ok("ip addr del 10.66.0.99/24 dev wlan0");
  EXPECT_TRUE(seen_.wait<AddressObserved>(
      [](const auto& a) { return a.change == Change::removed && a.address == "10.66.0.99/24"; }));
}

TEST_F(RtnetlinkTest, SeesRouteReplacedAndLostWithItsLink) {
  run_ok("ip link add kiosk0 type veth peer name peer0");
  run_ok("ip addr add 10.66.0.10/24 dev kiosk0");
  run_ok("ip link set kiosk0 up");
  run_ok("ip route add default via 10.66.0.1");
  start();
  ASSERT_TRUE(seen_.wait<RouteObserved>([](const auto& r) { return r.gateway == "10.66.0.1"; }));
  run_ok("ip route replace default via 10.66.0.2");
  EXPECT_TRUE(
      seen_.wait<RouteObserved>([](const auto& r) { return r.change == Change::changed && r.gateway == "10.66.0.2"; }));
  run_ok("ip route add default via 10.66.0.3 table 77");
  EXPECT_TRUE(
      seen_.wait<RouteObserved>([](const auto& r) { return r.change == Change::added && r.gateway == "10.66.0.3"; }));
  run_ok("ip route add 128.0.0.0/1 via 10.66.0.4");
  EXPECT_TRUE(seen_.wait<RouteObserved>(
      [](const auto& r) { return r.change == Change::added && r.destination == "128.0.0.0/1"; }));
  run_ok("ip link set kiosk0 down");
  EXPECT_TRUE(
      seen_.wait<RouteObserved>([](const auto& r) { return r.change == Change::removed && r.gateway == "10.66.0.2"; }));
}

TEST_F(RtnetlinkTest, SeesTheGatewaysMacChange) {
  run_ok("ip link add kiosk0 type veth peer name peer0");
  run_ok("ip addr add 10.66.0.10/24 dev kiosk0");
  run_ok("ip link set kiosk0 up");
  run_ok("ip neigh replace 10.66.0.1 lladdr 02:00:00:00:00:01 dev kiosk0");
  start();
  ASSERT_TRUE(seen_.wait<NeighbourObserved>([](const auto& n) { return n.mac == "02:00:00:00:00:01"; }));
  run_ok("ip neigh replace 10.66.0.1 lladdr 02:00:00:00:00:02 dev kiosk0");
  EXPECT_TRUE(seen_.wait<NeighbourObserved>([](const auto& n) {
    return n.change == Change::changed && n.mac == "02:00:00:00:00:02" && n.address == "10.66.0.1";
  }));
  run_ok("ip neigh del 10.66.0.1 dev kiosk0");
  EXPECT_TRUE(
      seen_.wait<NeighbourObserved>([](const auto& n) { return n.change == Change::removed || n.mac.empty(); }));
}

TEST_F(RtnetlinkTest, TellsNothingWhereNothingChanged) {
  run_ok("ip link add kiosk0 type veth peer name peer0");
  start();
  ASSERT_TRUE(link(Change::present, "peer0"));
  run_ok("ip link set kiosk0 mtu 1400");  // a message comes, but no field of the observation differs
  run_ok("ip link add marker0 type bridge");
  ASSERT_TRUE(link(Change::added, "marker0"));
  EXPECT_FALSE(seen_.wait<LinkObserved>([](const auto& l) { return l.name == "kiosk0" && l.change == Change::changed; },
                                        std::chrono::milliseconds(0)));
}

TEST_F(RtnetlinkTest, AStormThatOverflowsIsToldAndMadeGood) {
  run_ok("ip link add kiosk0 type veth peer name peer0");
  RtnetlinkSensor small({.receive_buffer = 2048});
  ASSERT_TRUE(small.start(seen_.sink()));
  ASSERT_TRUE(link(Change::present, "kiosk0"));
  std::string script;
  for (int i = 0; i < 500; ++i)
    script += "neigh add 10.66." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1) +
              " lladdr 02:00:00:00:00:01 dev kiosk0\n";
  run_ok("ip -batch -", script);
  EXPECT_TRUE(seen_.wait<device::SensorLost>([](const auto& l) { return l.sensor == "rtnetlink"; }));
  for (const std::string last : {"10.66.0.1", "10.66.1.50", "10.66.2.100"})
    EXPECT_TRUE(seen_.wait<NeighbourObserved>([&](const auto& n) {
      return n.change == Change::added && n.address == last;
    })) << last;
  small.stop();
}

}  // namespace
}  // namespace kw::platform
