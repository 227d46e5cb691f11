#include "device/peripherals/watch.h"

#include <algorithm>

#include "device/defence.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostPortFacts = 64;

v1::Event event_about(const Peripheral& device, std::string type, std::string_view result) {
  return defence_event(std::move(type), std::string(result),
                       {{"port", device.port},
                        {"kind", kind_of(device)},
                        {"vendor", device.vendor},
                        {"product", device.product},
                        {"serial", device.serial},
                        {"class", classes_of(device)}});
}
void put(v1::Event& event, const std::string& key, std::string value) {
  (*event.mutable_params())[key] = std::move(value);
}
bool same_ids(const Peripheral& a, const Peripheral& b) { return a.vendor == b.vendor && a.product == b.product; }

// What a device claims to be; its serial may be new where one unit takes another's place.
bool same_shape(const Peripheral& a, const Peripheral& b) {
  return same_ids(a, b) && a.interfaces == b.interfaces && a.digest == b.digest;
}

}  // namespace

std::string_view PeripheralWatch::result(std::string_view done) const {
  return policy_.mode() == v1::ENFORCE ? done : "observed";
}

void PeripheralWatch::configure(v1::PeripheralPolicy policy) {
  // In another mode the same verdict is another event; a new revision of the same rules is told nobody.
  if (policy.mode() != policy_.mode())
    for (auto& [handle, port] : ports_) port.told = false;
  policy_ = std::move(policy);
  for (auto& [handle, port] : ports_) port.tries = 0;
}

bool PeripheralWatch::may_tell(Port& port, const GuardTime& now) const {
  if (now.steady - port.storm >= kStorm) {
    port.storm = now.steady;
    port.in_storm = 0;
  }
  return port.in_storm < kPerPort && ++port.in_storm > 0;
}

void PeripheralWatch::arrive(Port& port, const Peripheral& device, const GuardTime& now, Duration noticed, Step& out) {
  const bool known = !port.device.handle.empty();
  const auto since = std::min(noticed, now.steady);
  if (known && port.present && port.device.generation == device.generation && same_shape(port.device, device)) {
    port.device = device;
    return;
  }
  if (known && !same_shape(port.device, device)) {
    const bool quick = port.present || now.steady - port.gone < kSwap;
    if (quick || (same_ids(port.device, device) && port.device.interfaces != device.interfaces)) {
      if (may_tell(port, now)) {
        auto event = event_about(device, "peripheral.changed_class", result("blocked"));
        put(event, "old_ids", port.device.vendor + ":" + port.device.product);
        put(event, "old_class", classes_of(port.device));
        out.events.push_back(std::move(event));
      } else {
        ++port.left_out;
      }
      if (policy_.cut_on_attack() && policy_.mode() == v1::ENFORCE) out.attack = "peripheral.changed_class";
    }
  }
  if (known && port.present && !port.told) ++port.left_out;  // went and came unseen
  port.device = device;
  port.present = true;
  port.told = port.not_applied = false;
  port.tries = 0;
  port.since = since;
  port.failure.clear();
  port.verdict = {};
}

void PeripheralWatch::judge(Port& port, const Tickets& tickets) {
  auto verdict = judge_peripheral(port.device, policy_, tickets.rules());
  const auto caught = tickets.condemned(port.device);
  if (caught && verdict.allowed && !port.device.fixed && !port.device.system) {
    verdict = {};
    verdict.reason = *caught;
  }
  if (verdict.allowed != port.verdict.allowed || verdict.exception != port.verdict.exception) {
    port.told = port.not_applied = false;
    port.tries = 0;
  }
  port.verdict = std::move(verdict);
}

void PeripheralWatch::settle(Port& port, const GuardTime& now, Step& out) {
  const auto& verdict = port.verdict;
  const auto& device = port.device;
  if (device.fixed) return;  // nothing to say about the machine itself
  const bool as_wanted = verdict.allowed == device.authorised;
  if (policy_.mode() == v1::ENFORCE && !as_wanted) {
    if (!verdict.allowed) holds_ = false;
    port.told = false;
    out.changes.push_back({device, verdict.allowed});
    if (++port.tries <= kTries || port.not_applied) return;
    port.not_applied = true;
    auto event = event_about(device, "peripheral.not_applied", "failed");
    put(event, "action", verdict.allowed ? "authorise" : "block");
    put(event, "reason", port.failure.empty() ? "the machine did not follow" : port.failure);
    out.events.push_back(std::move(event));
    return;
  }
  port.tries = 0;
  port.not_applied = false;
  if (port.told || !may_tell(port, now)) return;
  tell_verdict(port, result(verdict.allowed ? "success" : "blocked"), now, out);
}

void PeripheralWatch::tell_verdict(Port& port, std::string_view outcome, const GuardTime& now, Step& out) {
  const auto& verdict = port.verdict;
  const auto& device = port.device;
  port.told = true;
  const auto* type = !verdict.allowed    ? "peripheral.blocked"
                     : verdict.exception ? "peripheral.exception.used"
                                         : "peripheral.allowed";
  auto event = event_about(device, type, outcome);
  if (verdict.allowed) put(event, "rule", verdict.rule);
  if (!verdict.allowed) {
    put(event, "reason", verdict.reason);
    put(event, "title", device.title);
    put(event, "digest", device.digest);
    put(event, "count", std::to_string(port.left_out + 1));
    put(event, "latency_us",
        std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now.steady - port.since).count()));
  }
  port.left_out = 0;
  out.events.push_back(std::move(event));
}

void PeripheralWatch::leave(const PeripheralsSeen& seen, const GuardTime& now, Step& out) {
  for (auto& [handle, port] : ports_) {
    if (!port.present) continue;
    if (std::ranges::any_of(seen.devices, [&](const auto& d) { return d.handle == handle; })) continue;
    port.present = false;
    port.gone = now.steady;
    if (port.device.fixed) continue;
    // Gone before it was settled: what was let in for a moment is told all the same.
    if (!port.told && !port.verdict.allowed && may_tell(port, now))
      tell_verdict(port, result(port.device.authorised ? "failed" : "blocked"), now, out);
    if (!port.told || !may_tell(port, now)) {
      ++port.left_out;
      continue;
    }
    out.events.push_back(event_about(port.device, "peripheral.removed", "observed"));
  }
}

PeripheralWatch::Step PeripheralWatch::look(const PeripheralsSeen& seen, const Tickets& tickets, const GuardTime& now,
                                            Duration noticed) {
  Step out;
  holds_ = true;
  leave(seen, now, out);
  for (const auto& device : seen.devices) {
    auto& port = ports_[device.handle];
    arrive(port, device, now, noticed, out);
    judge(port, tickets);
    settle(port, now, out);
  }
  out.close = policy_.mode() == v1::ENFORCE && !seen.closed;
  tell_facts(seen, out);
  forget();
  return out;
}

void PeripheralWatch::failed(const std::string& handle, std::string reason) {
  const auto found = ports_.find(handle);
  if (found != ports_.end()) found->second.failure = std::move(reason);
}

const Peripheral* PeripheralWatch::find(const std::string& handle) const {
  const auto found = ports_.find(handle);
  return found == ports_.end() || !found->second.present ? nullptr : &found->second.device;
}

std::optional<v1::Event> PeripheralWatch::typed(const std::string& handle, std::size_t keys) const {
  const auto* device = find(handle);
  if (device == nullptr) return std::nullopt;
  auto event = event_about(*device, "peripheral.typing_too_fast", result("blocked"));
  put(event, "keys", std::to_string(keys));
  put(event, "window_ms", std::to_string(policy_.typing().window_ms()));
  put(event, "limit", std::to_string(policy_.typing().keys_per_second()));
  return event;
}

std::optional<v1::Event> PeripheralWatch::module_read(const std::string& handle, const std::string& module) const {
  const auto found = ports_.find(handle);
  if (found == ports_.end() || found->second.verdict.module.empty() || found->second.verdict.module == module)
    return std::nullopt;
  auto event = event_about(found->second.device, "peripheral.module_changed", result("blocked"));
  put(event, "bound", found->second.verdict.module);
  put(event, "observed", module);
  return event;
}

std::vector<PeripheralWatch::Tapped> PeripheralWatch::keyboards() const {
  std::vector<Tapped> out;
  if (policy_.typing().keys_per_second() == 0) return out;
  for (const auto& [handle, port] : ports_) {
    if (!port.present || !port.device.authorised || port.verdict.types_fast || port.device.fixed) continue;
    for (const auto& node : port.device.keyboards) out.push_back({handle, node, port.device.generation});
  }
  return out;
}

std::vector<PeripheralWatch::Tapped> PeripheralWatch::module_lines() const {
  std::vector<Tapped> out;
  for (const auto& [handle, port] : ports_)
    if (port.present && port.device.authorised && !port.verdict.module.empty() && !port.device.serial_lines.empty())
      out.push_back({handle, port.device.serial_lines.front(), port.device.generation});
  return out;
}

void PeripheralWatch::tell_facts(const PeripheralsSeen& seen, Step& out) {
  std::size_t count = 0, blocked = 0;
  std::map<std::string, bool> told;
  for (const auto& [handle, port] : ports_) {
    if (!port.present || port.device.fixed) continue;
    ++count;
    if (!port.verdict.allowed) ++blocked;
    if (told.size() == kMostPortFacts) continue;
    const auto key = "peripherals.port." + port.device.port;
    told[key] = true;
    out.facts.emplace_back(key, std::string(port.verdict.allowed ? "allowed " : "blocked ") + port.device.vendor + ":" +
                                    port.device.product + " " + kind_of(port.device) + " " +
                                    (port.verdict.allowed ? port.verdict.rule : port.verdict.reason));
  }
  for (const auto& [key, standing] : port_facts_)
    if (!told.contains(key)) out.facts.emplace_back(key, "empty");
  port_facts_ = std::move(told);
  out.facts.emplace_back("peripherals.count", std::to_string(count));
  out.facts.emplace_back("peripherals.blocked", std::to_string(blocked));
  out.facts.emplace_back("peripherals.authorized_default", seen.boot_default);
  out.facts.emplace_back("peripherals.closed", seen.closed ? "yes" : "no");
}

// Ports that are empty are remembered for the sake of changed_class, the longest empty ones least.
void PeripheralWatch::forget() {
  while (ports_.size() > 2 * kMostPeripherals) {
    auto oldest = ports_.end();
    for (auto at = ports_.begin(); at != ports_.end(); ++at)
      if (!at->second.present && (oldest == ports_.end() || at->second.gone < oldest->second.gone)) oldest = at;
    if (oldest == ports_.end()) return;
    ports_.erase(oldest);
  }
}

}  // namespace kw::device
