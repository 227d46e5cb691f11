#include "agent/defence/interfaces.h"

#include <gtest/gtest.h>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_interface_port.h"

namespace kw::agent {
namespace {

using namespace device;
using platform::RecordedInterfacePort;
constexpr auto kMac = "02:4b:57:00:10:10";
constexpr auto kGatewayMac = "02:4b:57:00:10:01";

class InterfaceDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto port = std::make_unique<RecordedInterfacePort>();
    machine = port.get();
    machine->state.links = {{Change::present, 1, "lo", "loopback", "", "", true}, {Change::present, 2, "eth0", "ether", kMac, "", true}};
    machine->state.addresses = {{Change::present, 2, "eth0", "198.18.10.10/24", false}};
    machine->state.defaults = {{Change::present, "default", "198.18.10.1", "eth0"}};
    machine->state.neighbours = {{"198.18.10.1", kGatewayMac, "eth0", false}};
    defence = std::make_unique<InterfaceDefence>(std::move(port));
    ASSERT_TRUE(defence->start(bench));
  }
  void use(v1::Mode mode) {
    v1::PolicyBundle policy;
    auto& bound = *policy.mutable_network()->mutable_interface();
    bound.set_name("eth0");
    bound.set_mac(kMac);
    bound.set_address("198.18.10.10/24");
    bound.set_gateway("198.18.10.1");
    auto& section = *policy.mutable_interfaces();
    section.set_mode(mode);
    section.set_others_down(true);
    section.set_bring_back(true);
    section.set_restore_identity(true);
    section.set_pin_gateway(true);
    const auto done = defence->configure(policy);
    ASSERT_TRUE(done) << done.error().text();
  }
  void appear(const std::string& name, const std::string& kind) {
    machine->state.links.push_back({Change::present, 9, name, kind, "02:00:00:00:00:09", "", true});
    defence->observe(LinkObserved{Change::added, 9, name, kind, "02:00:00:00:00:09", "", true});
    bench.run_posted();
  }
  testing::DefenceBench bench;
  RecordedInterfacePort* machine = nullptr;
  std::unique_ptr<InterfaceDefence> defence;
};

TEST_F(InterfaceDefenceTest, a_right_machine_is_left_alone_but_for_the_gateway_pin) {
  use(v1::ENFORCE);
  EXPECT_EQ(machine->applied, (std::vector<InterfaceChange>{PinNeighbour{2, "198.18.10.1", kGatewayMac, kGatewayMac}}));
  EXPECT_TRUE(bench.events.empty());
  EXPECT_TRUE(defence->holds());
}
TEST_F(InterfaceDefenceTest, a_second_port_is_set_down_at_once_and_its_process_named) {
  use(v1::ENFORCE);
  machine->owners["tun0"] = "openvpn 4711";
  appear("tun0", "tun");
  ASSERT_EQ(bench.types(), std::vector<std::string>{"interface.refused"});
  EXPECT_EQ(bench.events[0].result(), "blocked");
  EXPECT_EQ(bench.events[0].params().at("process"), "openvpn 4711");
  EXPECT_FALSE(machine->state.links.back().up);
}
TEST_F(InterfaceDefenceTest, watch_tells_once_for_as_long_as_it_stands_and_touches_nothing) {
  use(v1::WATCH);
  appear("wlan0", "wlan");
  defence->tick();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"interface.refused"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_TRUE(machine->applied.empty());
  machine->state.links.back().up = false;
  defence->tick();
  machine->state.links.back().up = true;
  defence->tick();
  EXPECT_EQ(bench.types().size(), 2U);
}
TEST_F(InterfaceDefenceTest, a_forged_address_is_put_back_without_waiting_for_the_tick) {
  use(v1::ENFORCE);
  machine->state.addresses[0].address = "198.18.10.99/24";
  defence->observe(AddressObserved{Change::changed, 2, "eth0", "198.18.10.99/24", false});
  bench.run_posted();
  EXPECT_EQ(machine->state.addresses.at(0).address, "198.18.10.10/24");
  EXPECT_EQ(bench.types(), (std::vector<std::string>{"interface.restored", "interface.restored"}));
}
TEST_F(InterfaceDefenceTest, what_cannot_be_put_right_cuts_once_and_shows_degraded) {
  use(v1::ENFORCE);
  machine->refusals.emplace("mac", Error(Errc::not_permitted, "driver"));
  machine->state.links[1].mac = "02:66:66:66:66:66";
  defence->tick();
  defence->tick();
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"interface.restore.failed"});
  EXPECT_FALSE(defence->holds());
  EXPECT_EQ(std::ranges::count(bench.types(), "interface.restore.failed"), 1);
  defence->released();
  defence->tick();
  EXPECT_EQ(bench.cuts.size(), 2U) << "still wrong after the release: cut again";
  machine->refusals.clear();
  defence->tick();
  EXPECT_TRUE(defence->holds());
}
TEST_F(InterfaceDefenceTest, a_port_in_another_namespace_is_fetched_and_set_up_again) {
  use(v1::ENFORCE);
  machine->away.links.push_back(machine->state.links[1]);
  machine->state.links.pop_back();
  machine->state.addresses.clear();
  machine->state.defaults.clear();
  defence->tick();
  EXPECT_EQ(bench.types().at(0), "interface.port.moved");
  EXPECT_TRUE(machine->state.links.back().up);
  EXPECT_TRUE(defence->holds());
}
TEST_F(InterfaceDefenceTest, the_gateway_first_seen_is_kept_over_a_restart) {
  use(v1::ENFORCE);
  machine->state.neighbours = {{"198.18.10.1", "02:66:66:66:66:01", "eth0", true}};
  use(v1::ENFORCE);  // reads what was kept
  EXPECT_EQ(machine->state.neighbours.at(0).mac, kGatewayMac);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"interface.restored"});
}
TEST_F(InterfaceDefenceTest, the_port_is_proposed_once_and_another_card_cuts) {
  use(v1::ENFORCE);
  use(v1::ENFORCE);
  ASSERT_EQ(bench.proposals.size(), 1U);
  v1::InterfaceBaseline other;
  other.set_driver("e1000e");
  v1::Baseline baseline;
  baseline.set_content(other.SerializeAsString());
  ASSERT_TRUE(defence->baseline(baseline));
  EXPECT_EQ(bench.types(), std::vector<std::string>{"interface.port.replaced"});
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"interface.port.replaced"});
  baseline.set_content("junk");
  EXPECT_FALSE(defence->baseline(baseline));
}
TEST_F(InterfaceDefenceTest, off_touches_and_tells_nothing) {
  use(v1::OFF);
  appear("wlan0", "wlan");
  defence->tick();
  EXPECT_TRUE(bench.events.empty());
  EXPECT_TRUE(machine->applied.empty());
}

}  // namespace
}  // namespace kw::agent
