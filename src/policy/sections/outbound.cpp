#include "policy/sections/outbound.h"

#include <set>

namespace kw::policy {
namespace {

constexpr int kMostTypes = 16;

void check_outbound(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.outbound();
  if (policy.ethertypes_size() > kMostTypes) findings.add("/ethertypes", "too_many", "at most 16");
  std::set<std::uint32_t> seen;
  for (int i = 0; i < policy.ethertypes_size(); ++i) {
    const auto type = policy.ethertypes(i);
    const auto path = "/ethertypes/" + std::to_string(i);
    // Below 0x0600 the field is a length, IEEE 802.3; IP and ARP have rules of their own.
    if (type < 0x0600 || type > 0xffff) findings.add(path, "bad_ethertype", "1536 to 65535");
    if (type == 0x0800 || type == 0x86dd || type == 0x0806) findings.add(path, "ip_frames", "IP and ARP are judged by the network part");
    if (!seen.insert(type).second) findings.add(path, "duplicate", std::to_string(type));
  }
  if (policy.cut_on_frames() && !policy.guard_frames())
    findings.add("/cut_on_frames", "no_guard", "without guard_frames no frame is refused", true);
}

}  // namespace

Section outbound_section() { return {"outbound", "9.5", check_outbound, {}}; }

}  // namespace kw::policy
