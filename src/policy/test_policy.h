#pragma once
// Policies that the tests of this folder share: one kiosk at 198.18.10.10 with a business system.
#include "policy/checked.h"

namespace kw::policy::test {

inline NetworkTemplate sample(v1::Mode mode = v1::ENFORCE) {
  NetworkTemplate out;
  out.mode = mode;
  out.allow_out = {{"business", "198.18.10.20", v1::TCP, {{8080, 8080}}},
                   {"business-range", "198.18.10.0/27", v1::UDP, {{9000, 9010}, {53, 53}}},
                   {"business-wide", "198.18.10.0/24", v1::UDP, {{9005, 9020}}},
                   {"ping", "198.18.10.20", v1::ICMP, {}}};
  out.allow_in = {{"monitor", "198.18.10.20", v1::TCP, {{9100, 9100}}}};
  out.tolerate = {{"mdns", "224.0.0.251", v1::UDP, {{5353, 5353}}}, {"probe", "198.18.10.1", v1::UDP, {{9, 9}}}};
  out.cut = {true, true, true, true};
  return out;
}
inline DeviceBinding binding() { return {"eth0", "02:4B:57:00:10:10", "198.18.10.10/24", "198.18.10.1", ""}; }
inline std::vector<v1::Endpoint> platform() { return {endpoint_of({"platform", "198.18.20.2", v1::TCP, {{8660, 8660}}})}; }
inline CheckedPolicy checked(const NetworkTemplate& network) {
  return check_policy(policy::bind(network, binding(), platform()).value()).value();
}

}  // namespace kw::policy::test
