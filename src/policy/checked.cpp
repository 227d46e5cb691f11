#include "policy/checked.h"

#include <algorithm>

namespace kw::policy {
namespace {

constexpr std::size_t kMostPlatform = 16;

Result<> check_interface_name(const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 15 || name == "." || name == ".." || name == "lo" || !std::ranges::all_of(name, good))
    return fail(Errc::invalid, "/interface/name: not an interface name");
  return {};
}

EndpointRule rule_of(const v1::Endpoint& endpoint) {
  EndpointRule out{endpoint.name(), endpoint.address(), endpoint.protocol(), {}};
  for (const auto& range : endpoint.ports()) out.ports.push_back({range.first(), range.last()});
  return out;
}

template <class Repeated>
std::vector<EndpointRule> rules_of(const Repeated& endpoints) {
  std::vector<EndpointRule> out;
  for (const auto& endpoint : endpoints) out.push_back(rule_of(endpoint));
  return out;
}

Result<> first_fatal(const std::vector<Problem>& problems, const std::string& prefix = {}) {
  const auto at = std::ranges::find(problems, false, &Problem::warning);
  if (at == problems.end()) return {};
  return fail(Errc::invalid, prefix + at->path + ": " + at->code + ": " + at->detail);
}

/// Only after check(): every address reads.
Result<std::vector<CheckedEndpoint>> endpoints_of(const std::vector<EndpointRule>& rules) {
  std::vector<CheckedEndpoint> out;
  for (const auto& rule : rules) {
    KW_TRY(const auto peer, parse_prefix(rule.address));
    auto ports = rule.ports;
    std::ranges::sort(ports, {}, &PortRange::first);
    std::vector<PortRange> merged;
    for (const auto& range : ports) {
      if (!merged.empty() && range.first <= merged.back().last + 1) {
        merged.back().last = std::max(merged.back().last, range.last);
      } else {
        merged.push_back(range);
      }
    }
    out.push_back({rule.name, peer, rule.protocol, std::move(merged)});
  }
  return out;
}

Result<> check_pinned(const v1::PinnedInterface& pinned, CheckedPolicy& out) {
  KW_CHECK(check_interface_name(pinned.name()));
  out.interface = pinned.name();
  const auto mac = parse_mac(pinned.mac());
  if (!mac) return fail(Errc::invalid, "/interface/mac: " + mac.error().detail());
  out.mac = *mac;
  const auto address = parse_prefix(pinned.address());
  if (!address || pinned.address().find('/') == std::string::npos)
    return fail(Errc::invalid, "/interface/address: an address with its prefix length is asked");
  if (address->length == 0 || is_multicast(*address) || is_loopback(*address) || is_broadcast(*address))
    return fail(Errc::invalid, "/interface/address: not an address of an interface");
  out.address = *address;
  if (!pinned.gateway().empty()) {
    const auto gateway = parse_address(pinned.gateway());
    if (!gateway || gateway->v6 != address->v6 || is_multicast(*gateway) || is_loopback(*gateway) || is_unspecified(*gateway))
      return fail(Errc::invalid, "/interface/gateway: not an address of the interface's family");
    if (gateway->octets == address->octets) return fail(Errc::invalid, "/interface/gateway: the kiosk itself");
    out.gateway = *gateway;
  }
  if (!pinned.gateway_mac().empty()) {
    const auto gateway_mac = parse_mac(pinned.gateway_mac());
    if (!gateway_mac) return fail(Errc::invalid, "/interface/gateway_mac: " + gateway_mac.error().detail());
    out.gateway_mac = *gateway_mac;
  }
  return {};
}

}  // namespace

bool CheckedPolicy::uses_ipv6() const noexcept {
  const auto v6 = [](const CheckedEndpoint& e) { return e.peer.v6; };
  return address.v6 || (gateway && gateway->v6) || std::ranges::any_of(platform, v6) || std::ranges::any_of(allow_out, v6) ||
         std::ranges::any_of(allow_in, v6);
}

Result<CheckedPolicy> check_policy(const v1::NetworkPolicy& policy) {
  NetworkTemplate network;
  network.mode = policy.mode();
  network.allow_out = rules_of(policy.allow_out());
  network.allow_in = rules_of(policy.allow_in());
  network.tolerate = rules_of(policy.tolerate());
  network.cut = {policy.cut().on_illegal_outbound(), policy.cut().on_interface_change(), policy.cut().on_identity_change(),
                 policy.cut().leave_platform_channel()};
  KW_CHECK(first_fatal(check(network)));
  NetworkTemplate platform;  // the platform's endpoints obey the same rules as what is allowed out
  platform.mode = policy.mode();
  platform.allow_out = rules_of(policy.platform());
  if (platform.allow_out.size() > kMostPlatform) return fail(Errc::invalid, "/platform: too many endpoints");
  KW_CHECK(first_fatal(check(platform), "/platform: "));

  CheckedPolicy out;
  out.mode = network.mode;
  out.cut = network.cut;
  if (out.mode != v1::OFF || policy.has_interface()) KW_CHECK(check_pinned(policy.interface(), out));
  if (out.mode != v1::OFF && platform.allow_out.empty()) return fail(Errc::invalid, "/platform: no endpoint");
  for (const auto& rule : platform.allow_out)
    if (rule.protocol == v1::ICMP) return fail(Errc::invalid, "/platform: a channel has a port");
  KW_TRY(out.platform, endpoints_of(platform.allow_out));
  for (const auto& endpoint : out.platform)
    if (!endpoint.peer.single()) return fail(Errc::invalid, "/platform: single addresses only");
  KW_TRY(out.allow_out, endpoints_of(network.allow_out));
  KW_TRY(out.allow_in, endpoints_of(network.allow_in));
  KW_TRY(out.tolerate, endpoints_of(network.tolerate));
  return out;
}

v1::Endpoint endpoint_of(const EndpointRule& rule) {
  v1::Endpoint out;
  out.set_name(rule.name);
  out.set_address(rule.address);
  out.set_protocol(rule.protocol);
  for (const auto& range : rule.ports) {
    auto* port = out.add_ports();
    port->set_first(range.first);
    port->set_last(range.last);
  }
  return out;
}

Result<v1::NetworkPolicy> bind(const NetworkTemplate& network, const DeviceBinding& device,
                               std::span<const v1::Endpoint> platform) {
  v1::NetworkPolicy out;
  out.set_mode(network.mode);
  auto* pinned = out.mutable_interface();
  pinned->set_name(device.interface);
  pinned->set_mac(device.mac);
  pinned->set_address(device.address);
  pinned->set_gateway(device.gateway);
  pinned->set_gateway_mac(device.gateway_mac);
  for (const auto& endpoint : platform) *out.add_platform() = endpoint;
  for (const auto& rule : network.allow_out) *out.add_allow_out() = endpoint_of(rule);
  for (const auto& rule : network.allow_in) *out.add_allow_in() = endpoint_of(rule);
  for (const auto& rule : network.tolerate) *out.add_tolerate() = endpoint_of(rule);
  auto* cut = out.mutable_cut();
  cut->set_on_illegal_outbound(network.cut.on_illegal_outbound);
  cut->set_on_interface_change(network.cut.on_interface_change);
  cut->set_on_identity_change(network.cut.on_identity_change);
  cut->set_leave_platform_channel(network.cut.leave_platform_channel);
  KW_TRY(const auto checked, check_policy(out));
  pinned->set_mac(checked.mac);  // canonical from here on
  pinned->set_gateway_mac(checked.gateway_mac);
  pinned->set_address(checked.address.with_length());
  return out;
}

}  // namespace kw::policy
