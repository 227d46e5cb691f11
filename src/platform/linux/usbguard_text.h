#pragma once
// compile_usbguard_rules writes what of a policy USBGuard's daemon can hold by itself; the parsers read its answers.
//
// The daemon is then as strict as the policy while no agent runs: what it cannot say (digests, hubs' depth, ends of
// exceptions, switches) gets no rule and stays blocked until the agent lets it in. PURE.
// Source: usbguard-rules.conf(5) of USBGuard 1.1, usbguard(1).
#include <string>
#include <vector>

#include "base/result.h"
#include "kioskward/v1/peripherals.pb.h"

namespace kw::platform {

[[nodiscard]] std::vector<std::string> compile_usbguard_rules(const ::kioskward::v1::PeripheralPolicy& policy);

/// One line of `usbguard list-devices` or `list-rules`: "7: allow id ...".
struct UsbguardLine {
  std::string id;    // decimal
  std::string rule;  // the rest
  [[nodiscard]] bool allows() const { return rule.starts_with("allow "); }
  /// attribute gives the first text of one attribute: via-port "1-1" -> 1-1; escapes are left as they are.
  [[nodiscard]] std::string attribute(std::string_view name) const;
};
/// parse_usbguard_lines: malformed where a line is none of these; too_large beyond 4,096 lines.
[[nodiscard]] Result<std::vector<UsbguardLine>> parse_usbguard_lines(std::string_view out);

}  // namespace kw::platform
