// What every PlaceWire promises, asked of the packet socket (between two ports of a namespace of its own) and of the
// recorded one.
#include <poll.h>

#include "platform/linux/linux_place_wire.h"
#include "platform/linux/mount_fixture_test.h"
#include "platform/linux/namespace_fixture_test.h"
#include "platform/recorded/recorded_place.h"

namespace kw::platform {
namespace {

constexpr auto kOwn = "02:4b:57:00:10:10", kOther = "02aa00000001";

class PlaceWireContract : public NamespaceTest, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    settings = device::wire_settings("eth0", kOwn, "198.18.10.10/24", "198.18.10.1").value();
    if (!GetParam()) return;
    NamespaceTest::SetUp();
    if (IsSkipped()) return;
    run_ok("ip link add eth0 type veth peer name peer");
    run_ok(std::string("ip link set eth0 address ") + kOwn + " up");
    run_ok("ip link set peer up");
    auto far = settings;
    far.interface = "peer";
    ASSERT_TRUE(other.open(far));
  }
  void TearDown() override {
    linux_.close();
    other.close();
    if (GetParam()) NamespaceTest::TearDown();
  }
  device::PlaceWire& wire() { return GetParam() ? static_cast<device::PlaceWire&>(linux_) : recorded; }
  void arrives(const Bytes& frame) {
    if (!GetParam()) return recorded.arrives(frame);
    const auto sent = other.send(frame);
    ASSERT_TRUE(sent) << sent.error().text();
  }
  void take_interface() {
    recorded.there = false;
    if (GetParam()) run_ok("ip link del eth0");
  }
  static Bytes arp(const std::string& ip, const std::string& mac = kOther) {
    auto out = from_hex("ffffffffffff" + mac +
                        "0806"
                        "0001080006040001" +
                        mac + ip +
                        "000000000000"
                        "c6120a0a")
                   .value();
    out.resize(60);
    return out;
  }
  static Bytes lldp() {
    auto out = from_hex(
                   "0180c200000e"
                   "02005e000001"
                   "88cc"
                   "0207"
                   "0402005e000001"
                   "0402"
                   "0541"
                   "0602"
                   "0078"
                   "0000")
                   .value();
    out.resize(60);
    return out;
  }
  /// The next `n` frames, with a deadline.
  std::vector<Bytes> frames(std::size_t n) {
    std::vector<Bytes> out;
    EXPECT_TRUE(eventually([&] {
      pollfd one{wire().descriptor(), POLLIN, 0};
      auto got = ::poll(&one, 1, 10) == 1 ? wire().take() : Result<std::vector<Bytes>>(std::vector<Bytes>());
      EXPECT_TRUE(got);
      if (got) std::ranges::move(*got, std::back_inserter(out));
      return out.size() >= n;
    }));
    return out;
  }
  device::WireSettings settings;
  LinuxPlaceWire linux_, other;
  RecordedPlaceWire recorded;
};

TEST_P(PlaceWireContract, frames_of_concern_arrive_in_order_and_no_others) {
  ASSERT_TRUE(wire().open(settings));
  arrives(arp("c6120a14"));  // a neighbour
  arrives(lldp());
  arrives(from_hex("024b57001010"
                   "02aa00000001"
                   "0800" +
                   std::string(92, '0'))
              .value());  // traffic
  arrives(arp("c6120a0a"));
  arrives(arp("00000000"));
  arrives(arp("c6120a01"));
  arrives(arp("c6120a14", "024b57001010"));
  const auto all = frames(5);
  ASSERT_EQ(all.size(), 5U);
  const auto news = [&](std::size_t i) { return *device::read_frame(all.at(i), settings); };
  EXPECT_EQ(std::get<device::LldpHeard>(news(0)).neighbour.port, "A");
  EXPECT_EQ(std::get<device::AddressClaim>(news(1)).how, "arp");
  EXPECT_EQ(std::get<device::AddressClaim>(news(2)).how, "probe");
  EXPECT_EQ(std::get<device::GatewayHeard>(news(3)).mac, "02:aa:00:00:00:01");
  EXPECT_EQ(std::get<device::AddressClaim>(news(4)).how, "mac");
}
TEST_P(PlaceWireContract, what_the_kiosk_sends_is_not_what_arrives) {
  ASSERT_TRUE(wire().open(settings));
  ASSERT_TRUE(wire().send(device::gateway_question(settings)));
  arrives(lldp());
  EXPECT_EQ(frames(1).size(), 1U);
  EXPECT_TRUE(wire().take()->empty());
}
TEST_P(PlaceWireContract, an_interface_that_goes_is_told) {
  ASSERT_TRUE(wire().open(settings));
  take_interface();
  EXPECT_TRUE(eventually([&] { return wire().take().code() == Errc::closed; }));
  EXPECT_EQ(wire().open(settings).code(), Errc::not_found);
  EXPECT_EQ(wire().descriptor(), -1);
}
TEST_P(PlaceWireContract, closed_is_closed) {
  EXPECT_EQ(wire().descriptor(), -1);
  EXPECT_EQ(wire().take().code(), Errc::closed);
  EXPECT_EQ(wire().send(lldp()).code(), Errc::closed);
}

INSTANTIATE_TEST_SUITE_P(Both, PlaceWireContract, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "linux" : "recorded"; });

}  // namespace
}  // namespace kw::platform
