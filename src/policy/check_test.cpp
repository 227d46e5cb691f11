#include "policy/check.h"

#include <gmock/gmock.h>

#include "policy/test_policy.h"

namespace kw::policy {
namespace {

using testing::Contains;
using testing::IsEmpty;

struct Case {
  const char* what;
  EndpointRule rule;
  const char* found;  // "path code"; empty: nothing
};

std::vector<std::string> found(const NetworkTemplate& network) {
  std::vector<std::string> out;
  for (const auto& p : check(network)) out.push_back(p.path + " " + p.code + (p.warning ? " warning" : ""));
  return out;
}
NetworkTemplate empty() {
  NetworkTemplate out;
  out.mode = v1::ENFORCE;
  return out;
}
std::vector<EndpointRule> many(std::size_t n, std::size_t ranges = 1) {
  std::vector<EndpointRule> out;
  for (std::size_t i = 0; i < n; ++i) {
    EndpointRule rule{"r" + std::to_string(i), "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1), v1::TCP, {}};
    for (std::size_t k = 0; k < ranges; ++k) rule.ports.push_back({static_cast<std::uint32_t>(2 * k + 1), static_cast<std::uint32_t>(2 * k + 1)});
    out.push_back(rule);
  }
  return out;
}

TEST(Check, allow_out_rules_one_by_one) {
  const std::vector<Case> cases{
      {"good", {"a", "10.0.0.1", v1::TCP, {{80, 80}}}, ""},
      {"good prefix", {"a", "10.0.0.0/8", v1::UDP, {{1, 65535}}}, ""},
      {"good six", {"a", "fd00::/64", v1::ICMP, {}}, ""},
      {"everything, some ports", {"a", "0.0.0.0/0", v1::TCP, {{443, 443}}}, ""},
      {"no address", {"a", "", v1::TCP, {{80, 80}}}, "/allow_out/0/address bad_address"},
      {"host name", {"a", "example.org", v1::TCP, {{80, 80}}}, "/allow_out/0/address bad_address"},
      {"octal", {"a", "010.0.0.1", v1::TCP, {{80, 80}}}, "/allow_out/0/address bad_address"},
      {"length", {"a", "10.0.0.0/33", v1::TCP, {{80, 80}}}, "/allow_out/0/address bad_address"},
      {"length with zero", {"a", "10.0.0.0/08", v1::TCP, {{80, 80}}}, "/allow_out/0/address bad_address"},
      {"mapped", {"a", "::ffff:10.0.0.1", v1::TCP, {{80, 80}}}, "/allow_out/0/address bad_address"},
      {"host bits", {"a", "10.0.0.1/24", v1::TCP, {{80, 80}}}, "/allow_out/0/address host_bits"},
      {"host bits six", {"a", "fd00::1/64", v1::TCP, {{80, 80}}}, "/allow_out/0/address host_bits"},
      {"loopback", {"a", "127.0.0.1", v1::TCP, {{80, 80}}}, "/allow_out/0/address loopback"},
      {"loopback six", {"a", "::1", v1::TCP, {{80, 80}}}, "/allow_out/0/address loopback"},
      {"multicast", {"a", "224.0.0.251", v1::UDP, {{80, 80}}}, "/allow_out/0/address multicast"},
      {"multicast six", {"a", "ff02::fb", v1::UDP, {{80, 80}}}, "/allow_out/0/address multicast"},
      {"broadcast", {"a", "255.255.255.255", v1::UDP, {{80, 80}}}, "/allow_out/0/address broadcast"},
      {"unspecified", {"a", "0.0.0.0", v1::UDP, {{80, 80}}}, "/allow_out/0/address unspecified"},
      {"everything", {"a", "0.0.0.0/0", v1::TCP, {{1, 65535}}}, "/allow_out/0/address everything_allowed"},
      {"everything in pieces", {"a", "::/0", v1::UDP, {{300, 65535}, {1, 400}}}, "/allow_out/0/address everything_allowed"},
      {"everything by ping", {"a", "0.0.0.0/0", v1::ICMP, {}}, "/allow_out/0/address everything_allowed"},
      {"port 0", {"a", "10.0.0.1", v1::TCP, {{0, 5}}}, "/allow_out/0/ports/0 bad_port"},
      {"port 65536", {"a", "10.0.0.1", v1::TCP, {{1, 1}, {80, 65536}}}, "/allow_out/0/ports/1 bad_port"},
      {"order", {"a", "10.0.0.1", v1::TCP, {{90, 80}}}, "/allow_out/0/ports/0 port_order"},
      {"no ports", {"a", "10.0.0.1", v1::TCP, {}}, "/allow_out/0/ports no_ports"},
      {"icmp ports", {"a", "10.0.0.1", v1::ICMP, {{8, 8}}}, "/allow_out/0/ports icmp_ports"},
      {"protocol", {"a", "10.0.0.1", v1::PROTOCOL_UNSPECIFIED, {}}, "/allow_out/0/protocol bad_protocol"},
      {"no name", {"", "10.0.0.1", v1::TCP, {{80, 80}}}, "/allow_out/0/name bad_name"},
      {"line end in a name", {"a\nb", "10.0.0.1", v1::TCP, {{80, 80}}}, "/allow_out/0/name bad_name"},
  };
  for (const auto& c : cases) {
    auto network = empty();
    network.allow_out = {c.rule};
    if (*c.found == '\0') {
      EXPECT_THAT(found(network), IsEmpty()) << c.what;
    } else {
      EXPECT_THAT(found(network), Contains(std::string(c.found))) << c.what;
      EXPECT_FALSE(acceptable(check(network))) << c.what;
    }
  }
}

TEST(Check, duplicates_and_shadows_are_warnings_and_names_are_not) {
  auto network = empty();
  network.allow_out = {{"a", "10.0.0.0/24", v1::TCP, {{80, 90}}},
                       {"b", "10.0.0.7", v1::TCP, {{80, 80}, {85, 90}}},
                       {"c", "10.0.0.0/24", v1::TCP, {{80, 85}, {86, 90}}},
                       {"d", "10.0.0.7", v1::UDP, {{80, 80}}}};
  EXPECT_THAT(found(network), testing::ElementsAre("/allow_out/1 shadowed_rule warning", "/allow_out/2 duplicate_rule warning"));
  EXPECT_TRUE(acceptable(check(network)));
  network.tolerate = {{"a", "224.0.0.251", v1::UDP, {{5353, 5353}}}};
  EXPECT_THAT(found(network), Contains("/tolerate/0/name duplicate_name"));
}

TEST(Check, bounds) {
  auto network = empty();
  EXPECT_THAT(found(NetworkTemplate{}), Contains("/mode bad_mode"));
  network.allow_out = many(1000);
  EXPECT_THAT(found(network), IsEmpty());
  network.allow_in = {{"x", "10.9.9.9", v1::TCP, {{1, 1}}}};
  EXPECT_THAT(found(network), Contains(" too_many_rules"));
  network = empty();
  network.allow_out = many(1, 65);
  EXPECT_THAT(found(network), Contains("/allow_out/0/ports too_many_ports"));
  network.allow_out = many(65, 64);
  EXPECT_THAT(found(network), Contains(" too_many_ports"));
  network.allow_out = std::vector<EndpointRule>(900);
  EXPECT_EQ(check(network).size(), 200U);
}

TEST(Bind, makes_a_checked_policy) {
  const auto wire = policy::bind(test::sample(), test::binding(), test::platform());
  ASSERT_TRUE(wire) << wire.error().text();
  EXPECT_EQ(wire->interface().mac(), "02:4b:57:00:10:10");
  const auto checked = check_policy(*wire).value();
  EXPECT_EQ(checked.address.with_length(), "198.18.10.10/24");
  EXPECT_EQ(checked.gateway->text(), "198.18.10.1");
  EXPECT_FALSE(checked.uses_ipv6());
}

TEST(Bind, refuses_what_does_not_fit) {
  const auto refused = [](auto change, const char* place) {
    auto binding = test::binding();
    auto platform = test::platform();
    auto network = test::sample();
    change(network, binding, platform);
    const auto out = policy::bind(network, binding, platform);
    ASSERT_FALSE(out) << place;
    EXPECT_EQ(out.code(), Errc::invalid);
    EXPECT_TRUE(out.error().detail().starts_with(place)) << out.error().detail();
  };
  for (const std::string name : {"", "lo", "eth0\"; flush ruleset", "eth*", "an-interface-too-long", "a b", ".."})
    refused([&](auto&, auto& b, auto&) { b.interface = name; }, "/interface/name");
  for (const std::string mac : {"", "02:4b:57:00:10", "02-4b-57-00-10-10", "01:00:5e:00:00:01", "00:00:00:00:00:00", "0g:4b:57:00:10:10"})
    refused([&](auto&, auto& b, auto&) { b.mac = mac; }, "/interface/mac");
  for (const std::string address : {"", "198.18.10.10", "198.18.10.10/0", "127.0.0.1/8", "224.0.0.1/24"})
    refused([&](auto&, auto& b, auto&) { b.address = address; }, "/interface/address");
  for (const std::string gateway : {"198.18.10.1/24", "fd00::1", "198.18.10.10", "0.0.0.0"})
    refused([&](auto&, auto& b, auto&) { b.gateway = gateway; }, "/interface/gateway");
  refused([](auto&, auto& b, auto&) { b.gateway_mac = "x"; }, "/interface/gateway_mac");
  refused([](auto&, auto&, auto& p) { p.clear(); }, "/platform");
  refused([](auto&, auto&, auto& p) { p[0].set_address("198.18.20.0/24"); }, "/platform");
  refused([](auto&, auto&, auto& p) { p[0].set_protocol(v1::ICMP); p[0].clear_ports(); }, "/platform");
  refused([](auto&, auto&, auto& p) { p.resize(17, p[0]); }, "/platform");
  refused([](auto& n, auto&, auto&) { n.allow_out[0].address = "10.0.0.1/8"; }, "/allow_out/0/address");
}

}  // namespace
}  // namespace kw::policy
