#pragma once
// judge_peripheral says whether policy lets a device in, and why not. PURE.
//
// Fixed parts of the machine and the device that carries the system are let in without a rule. Everything else needs
// one rule, or one exception, all of whose fields hold. The reason of a refusal is the nearest rule's first field that
// does not hold: "interfaces" says that a rule knows these ids, and the device can do more than it allows.
#include <span>
#include <string>

#include "device/peripherals/peripheral.h"

namespace kw::device {

struct Verdict {
  bool allowed = false;
  std::string rule;    // the rule's or the exception's name
  std::string reason;  // of a refusal: "no_rule", "interfaces", "serial", "port", "digest", "hub_depth", "cards_off",
                       // "serial_adapters_off", "unreadable", "typing", "module"
  bool exception = false;  // by a ticket
  bool types_fast = false;
  std::string module;  // that the reader must have
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

[[nodiscard]] Verdict judge_peripheral(const Peripheral& device, const v1::PeripheralPolicy& policy,
                                       std::span<const v1::PeripheralRule> exceptions);

/// fits tells whether one interface, "03:01:01", is meant by a rule's word, "03:*:*".
[[nodiscard]] bool fits(std::string_view interface, std::string_view word) noexcept;

}  // namespace kw::device
