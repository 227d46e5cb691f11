#include "device/interfaces/interfaces.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

constexpr auto kMac = "02:4b:57:00:10:10";
constexpr auto kGatewayMac = "02:4b:57:00:10:01";

InterfacesWanted wanted() {
  InterfacesWanted out;
  out.port = {"eth0", kMac, "198.18.10.10/24", "198.18.10.1", kGatewayMac};
  out.others_down = out.bring_back = out.restore_identity = out.pin_gateway = out.radios_off = out.refuse_autoconfiguration = true;
  out.resolvers = {"198.18.10.53"};
  return out;
}
InterfacesSeen calm() {
  InterfacesSeen out;
  out.links = {{Change::present, 1, "lo", "loopback", "", "", true}, {Change::present, 2, "eth0", "ether", kMac, "", true}};
  out.addresses = {{Change::present, 1, "lo", "127.0.0.1/8", false},
                   {Change::present, 2, "eth0", "198.18.10.10/24", false},
                   {Change::present, 2, "eth0", "fe80::1/64", true}};
  out.defaults = {{Change::present, "default", "198.18.10.1", "eth0"}};
  out.neighbours = {{"198.18.10.1", kGatewayMac, "eth0", true}};
  out.resolvers = {"198.18.10.53"};
  out.switches = {{"net/ipv6/conf/eth0/accept_ra", "0"}};
  return out;
}
using Changes = std::vector<InterfaceChange>;

TEST(Interfaces, nothing_to_do_where_all_is_right) { EXPECT_EQ(plan_interfaces(wanted(), calm()), Changes{}); }
TEST(Interfaces, every_other_port_goes_down_whatever_its_kind) {
  for (const auto* kind : {"ether", "wlan", "tun", "bridge", "ppp", "wwan", "veth", "macvlan", "vlan", "wireguard"}) {
    auto seen = calm();
    seen.links.push_back({Change::present, 3, "x0", kind, "02:00:00:00:00:09", "", true});
    EXPECT_EQ(plan_interfaces(wanted(), seen), (Changes{LinkDown{3, "x0", kind}})) << kind;
    seen.links.back().up = false;
    EXPECT_EQ(plan_interfaces(wanted(), seen), Changes{}) << kind;
  }
}
TEST(Interfaces, tolerated_ports_and_a_policy_that_leaves_others_alone) {
  auto seen = calm();
  seen.links.push_back({Change::present, 3, "x0", "ether", "02:00:00:00:00:09", "", true});
  auto w = wanted();
  w.tolerated.insert("x0");
  EXPECT_EQ(plan_interfaces(w, seen), Changes{});
  w.tolerated.clear();
  w.others_down = false;
  EXPECT_EQ(plan_interfaces(w, seen), Changes{});
}
TEST(Interfaces, a_renamed_port_is_found_by_its_mac_and_named_again) {
  auto seen = calm();
  seen.links[1].name = "wlan0";
  seen.addresses[1].interface = "wlan0";
  seen.defaults[0].interface = "wlan0";
  seen.neighbours[0].interface = "wlan0";
  const auto plan = plan_interfaces(wanted(), seen);
  ASSERT_FALSE(plan.empty());
  EXPECT_EQ(plan[0], InterfaceChange(Rename{2, "wlan0", "eth0"}));
  for (const auto& change : plan) EXPECT_FALSE(std::holds_alternative<LinkDown>(change));
}
TEST(Interfaces, an_impostor_with_the_pinned_name_goes_down_and_the_real_port_is_named_again) {
  auto seen = calm();
  seen.links[1].name = "eth9";
  seen.addresses[1].interface = "eth9";
  seen.links.push_back({Change::present, 7, "eth0", "veth", "02:00:00:00:00:09", "", true});
  const auto plan = plan_interfaces(wanted(), seen);
  EXPECT_EQ(plan.at(0), InterfaceChange(LinkDown{7, "eth0", "veth"}));
  EXPECT_EQ(plan.at(1), InterfaceChange(Rename{2, "eth9", "eth0"}));
}
TEST(Interfaces, a_port_whose_mac_was_forged_is_known_by_name_or_permanent_mac) {
  auto seen = calm();
  seen.links[1].mac = "02:66:66:66:66:66";
  EXPECT_EQ(plan_interfaces(wanted(), seen), (Changes{SetMac{2, "02:66:66:66:66:66", kMac}, LinkUp{2, "eth0"}}));
  seen.links[1].permanent_mac = kMac;
  seen.links[1].name = "eth5";
  const auto plan = plan_interfaces(wanted(), seen);
  EXPECT_EQ(plan.at(0), InterfaceChange(Rename{2, "eth5", "eth0"}));
  EXPECT_EQ(plan.at(1), InterfaceChange(SetMac{2, "02:66:66:66:66:66", kMac}));
}
TEST(Interfaces, addresses_and_routes_are_put_back) {
  auto seen = calm();
  seen.addresses[1].address = "198.18.10.99/24";
  seen.defaults = {{Change::present, "default", "198.18.10.66", "eth0"}, {Change::present, "0.0.0.0/1", "198.18.10.66", "eth0"}};
  EXPECT_EQ(plan_interfaces(wanted(), seen),
            (Changes{RemoveAddress{2, "198.18.10.99/24"}, AddAddress{2, "198.18.10.10/24"},
                     RemoveDefault{"default", "198.18.10.66", "eth0"}, RemoveDefault{"0.0.0.0/1", "198.18.10.66", "eth0"},
                     SetDefault{2, "198.18.10.1"}}));
}
TEST(Interfaces, another_mask_is_another_address) {
  auto seen = calm();
  seen.addresses[1].address = "198.18.10.10/8";
  EXPECT_EQ(plan_interfaces(wanted(), seen), (Changes{RemoveAddress{2, "198.18.10.10/8"}, AddAddress{2, "198.18.10.10/24"}}));
}
TEST(Interfaces, a_kiosk_without_gateway_keeps_no_default_route) {
  auto w = wanted();
  w.port.gateway.clear();
  EXPECT_EQ(plan_interfaces(w, calm()), (Changes{RemoveDefault{"default", "198.18.10.1", "eth0"}}));
}
TEST(Interfaces, the_gateway_is_pinned_once_its_mac_is_known) {
  auto seen = calm();
  seen.neighbours[0].permanent = false;
  EXPECT_EQ(plan_interfaces(wanted(), seen), (Changes{PinNeighbour{2, "198.18.10.1", kGatewayMac, kGatewayMac}}));
  seen.neighbours[0].mac = "02:66:66:66:66:01";
  EXPECT_EQ(plan_interfaces(wanted(), seen), (Changes{PinNeighbour{2, "198.18.10.1", kGatewayMac, "02:66:66:66:66:01"}}));
  auto w = wanted();
  w.port.gateway_mac.clear();
  EXPECT_EQ(plan_interfaces(w, seen), Changes{});
}
TEST(Interfaces, a_port_in_another_namespace_is_fetched_back) {
  auto seen = calm();
  seen.links.pop_back();
  seen.addresses = {seen.addresses[0]};
  seen.defaults.clear();
  seen.elsewhere = true;
  EXPECT_EQ(plan_interfaces(wanted(), seen), (Changes{BringBack{"eth0"}}));
  seen.elsewhere = false;
  EXPECT_EQ(plan_interfaces(wanted(), seen), Changes{});
}
TEST(Interfaces, radios_settings_and_resolvers) {
  auto seen = calm();
  seen.radios_on = {"phy0"};
  seen.switches[0].value = "2";
  seen.resolvers = {"8.8.8.8", "198.18.10.53"};
  EXPECT_EQ(plan_interfaces(wanted(), seen),
            (Changes{RadioOff{"phy0"}, SetSwitch{"net/ipv6/conf/eth0/accept_ra", "2", "0"},
                     SetResolvers{{"8.8.8.8", "198.18.10.53"}, {"198.18.10.53"}}}));
  auto w = wanted();
  w.resolvers.clear();
  w.radios_off = w.refuse_autoconfiguration = false;
  EXPECT_EQ(plan_interfaces(w, seen), Changes{});
}
TEST(Interfaces, every_change_has_words) {
  const Changes all{LinkDown{}, BringBack{}, Rename{}, SetMac{}, LinkUp{}, RemoveAddress{}, AddAddress{}, RemoveDefault{},
                    SetDefault{}, PinNeighbour{}, SetResolvers{}, SetSwitch{}, RadioOff{}};
  EXPECT_EQ(all.size(), std::variant_size_v<InterfaceChange>);
  for (const auto& change : all) EXPECT_FALSE(word_of(change).action.empty());
}

}  // namespace
}  // namespace kw::device
