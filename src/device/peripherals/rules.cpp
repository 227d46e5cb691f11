#include "device/peripherals/rules.h"

#include <algorithm>

namespace kw::device {
namespace {

// How far a device got along a rule; the furthest gives the reason of a refusal.
struct Match {
  int depth = 0;
  const char* missed = "no_rule";  // nullptr: the rule holds
};

Match match(const v1::PeripheralRule& rule, const Peripheral& device) {
  const bool card = rule.bus() == v1::PeripheralRule::CARD;
  if (card != (device.bus == Peripheral::Bus::card)) return {};
  const bool by_id = !rule.vendor().empty();
  if (by_id && (rule.vendor() != device.vendor || rule.product() != device.product)) return {};
  const auto covered = [&](const std::string& one) {
    return std::ranges::any_of(rule.interfaces(), [&](const auto& word) { return fits(one, word); });
  };
  // A rule without ids is about a class: a device that has nothing of it is none of this rule's.
  if (!by_id && rule.interfaces_size() > 0 && std::ranges::none_of(device.interfaces, covered)) return {};
  if (rule.interfaces_size() > 0 && (device.interfaces.empty() || !std::ranges::all_of(device.interfaces, covered)))
    return {1, "interfaces"};
  if (!rule.serial().empty() && rule.serial() != device.serial) return {2, "serial"};
  if (!rule.port().empty() && rule.port() != device.port) return {3, "port"};
  if (!rule.digest().empty() && rule.digest() != device.digest) return {by_id ? 4 : 0, by_id ? "digest" : "no_rule"};
  if (!by_id && rule.interfaces_size() == 0 && rule.digest().empty()) return {};  // says nothing: allows nothing
  return {5, nullptr};
}

const char* switched_off(const Peripheral& device, const v1::PeripheralPolicy& policy) {
  if (device.bus == Peripheral::Bus::card) return policy.cards() ? nullptr : "cards_off";
  // What else a device can do takes nothing away: a serial line beside a keyboard is a serial line.
  const auto has = [&](auto test) { return std::ranges::any_of(device.interfaces, test); };
  const bool serial = kind_of(device) == "serial" || has([](const std::string& i) {
                        return i.starts_with("02:02") && i != "02:02:ff";  // RNDIS over ACM is a network
                      });
  if (serial && !policy.serial_adapters()) return "serial_adapters_off";
  const bool hub = has([](const std::string& i) { return i.starts_with("09"); });
  if (hub && depth_of(device.port) > policy.hub_depth()) return "hub_depth";
  return nullptr;
}

}  // namespace

bool fits(std::string_view interface, std::string_view word) noexcept {
  const auto star = word.find('*');
  if (star == std::string_view::npos) return interface == word;
  return interface.substr(0, star) == word.substr(0, star);
}

Verdict judge_peripheral(const Peripheral& device, const v1::PeripheralPolicy& policy,
                         std::span<const v1::PeripheralRule> exceptions) {
  Verdict out;
  if (device.fixed || device.system) {
    out.allowed = true;
    out.rule = device.fixed ? "fixed" : "system";
    return out;
  }
  if (!device.readable) {
    out.reason = "unreadable";
    return out;
  }
  Match nearest;
  const auto take = [&](const v1::PeripheralRule& rule, bool exception) {
    const auto found = match(rule, device);
    if (found.missed != nullptr) {
      if (found.depth > nearest.depth) nearest = found;
      return false;
    }
    out.allowed = true;
    out.rule = rule.name();
    out.exception = exception;
    out.types_fast = rule.types_fast();
    out.module = rule.module();
    return true;
  };
  const auto* off = switched_off(device, policy);
  if (off == nullptr)
    for (const auto& rule : policy.allow())
      if (take(rule, false)) return out;
  // An exception is an administrator's signed word about this device: it stands above the switches, too.
  for (const auto& rule : exceptions)
    if (take(rule, true)) return out;
  out.reason = off != nullptr ? off : nearest.missed;
  return out;
}

}  // namespace kw::device
