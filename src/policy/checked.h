#pragma once
// CheckedPolicy is a device's network policy parsed into types; whoever holds one need not validate again.
//
// bind() makes the wire form from a template and a device's binding (server); check_policy() parses the wire form
// (server before signing, kiosk after verifying). Threads: plain values and pure functions.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/address.h"
#include "policy/check.h"
#include "policy/template.h"

namespace kw::policy {

/// DeviceBinding is what the platform knows about one device's place in the network.
struct DeviceBinding {
  std::string interface;    // "eth0"
  std::string mac;
  std::string address;      // with prefix length: "198.18.10.10/24"
  std::string gateway;      // empty: none
  std::string gateway_mac;  // empty: the kiosk learns and pins it
};

/// bind joins them. Errc::invalid where the template has a fatal problem or the binding is wrong; the detail names the
/// place ("/allow_out/0/address: ...", "/interface/mac: ...").
[[nodiscard]] Result<v1::NetworkPolicy> bind(const NetworkTemplate& network, const DeviceBinding& device,
                                             std::span<const v1::Endpoint> platform);

struct CheckedEndpoint {
  std::string name;
  Prefix peer;
  v1::Protocol protocol = v1::TCP;
  std::vector<PortRange> ports;  // sorted, without overlaps; empty for ICMP only
};

struct CheckedPolicy {
  v1::Mode mode = v1::OFF;
  std::string interface;
  std::string mac;
  Prefix address;  // host bits set, with the network's length
  std::optional<Prefix> gateway;
  std::string gateway_mac;
  std::vector<CheckedEndpoint> platform, allow_out, allow_in, tolerate;
  CutRules cut;
  [[nodiscard]] bool uses_ipv6() const noexcept;
};

/// check_policy parses the wire form; Errc::invalid with the first fatal problem in the detail. In mode OFF the
/// interface may be absent.
[[nodiscard]] Result<CheckedPolicy> check_policy(const v1::NetworkPolicy& policy);

/// endpoint_of makes the wire form of one rule, for the platform's own endpoints.
[[nodiscard]] v1::Endpoint endpoint_of(const EndpointRule& rule);

}  // namespace kw::policy
