#pragma once
// NetworkTemplate is the network part of policy as an administrator edits it: the same for every device.
//
// Its text form is the JSON object of schemas/openapi.yaml (NetworkTemplate). parse_template knows the form only;
// check() in policy/check.h judges the content. Threads: plain values and pure functions.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kioskward/v1/network.pb.h"

namespace kw::policy {

namespace v1 = ::kioskward::v1;

/// PortRange is an inclusive range; 32 bits wide so that a bad number survives until check() names it.
struct PortRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// EndpointRule names one peer: an address or prefix as text, a protocol, and ports (none for ICMP).
struct EndpointRule {
  std::string name;
  std::string address;
  v1::Protocol protocol = v1::PROTOCOL_UNSPECIFIED;
  std::vector<PortRange> ports;
  friend bool operator==(const EndpointRule&, const EndpointRule&) = default;
};

struct CutRules {
  bool on_illegal_outbound = false;
  bool on_interface_change = false;
  bool on_identity_change = false;
  bool leave_platform_channel = true;
  friend bool operator==(const CutRules&, const CutRules&) = default;
};

struct NetworkTemplate {
  v1::Mode mode = v1::MODE_UNSPECIFIED;
  std::vector<EndpointRule> allow_out;  // destinations, ports are the peer's
  std::vector<EndpointRule> allow_in;   // sources, ports are the kiosk's own
  std::vector<EndpointRule> tolerate;   // outbound: dropped and counted, yet not illegal outbound
  CutRules cut;
  friend bool operator==(const NetworkTemplate&, const NetworkTemplate&) = default;
};

inline constexpr std::size_t kMostTemplateOctets = 1 << 20;
inline constexpr std::size_t kMostRules = 1000;   // in one list, and in all lists together
inline constexpr std::size_t kMostPorts = 64;     // ranges in one rule
inline constexpr std::size_t kMostMatches = 4096; // (rule, port range) pairs in all lists: bounds the compiled sets

/// parse_template reads the JSON form. Errc::too_large above kMostTemplateOctets, Errc::malformed otherwise; the detail
/// starts with the JSON pointer of the place. Unknown, missing and repeated keys are errors.
[[nodiscard]] Result<NetworkTemplate> parse_template(std::string_view json);

/// to_json writes the same form, keys in the schema's order; parse_template reads it back to an equal value.
[[nodiscard]] std::string to_json(const NetworkTemplate& network);

}  // namespace kw::policy
