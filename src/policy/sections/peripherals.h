#pragma once
// peripherals_section is policy's part on what may be plugged into a kiosk (clause 5.4-a).
//
//   order permit {name, bus, vendor, product, serial, port, interfaces, digest, until}   fields that are not asked: ""
//   order revoke {name}       order pardon {port}
#include "base/time.h"
#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] Section peripherals_section();

/// PeripheralPermit is what an order "permit" asks: an exception for what one rule covers, until a moment.
struct PeripheralPermit {
  v1::PeripheralRule rule;
  Timestamp until;
};
/// read_permit takes the arguments of a "permit"; "interfaces" are parted by blanks, "until" is RFC 3339 in UTC.
/// Errc::invalid with the first reason: what would be a fatal problem of a rule is one here, too.
[[nodiscard]] Result<PeripheralPermit> read_permit(const v1::Order& order);

}  // namespace kw::policy
