#include "platform/linux/usbguard_peripherals.h"

#include <algorithm>
#include <sstream>

#include "platform/linux/process.h"

namespace kw::platform {

using device::Peripheral;

namespace {

constexpr auto kAnswer = std::chrono::seconds(3);
const std::string kImplicit = "ImplicitPolicyTarget";
const std::string kOurs = "label \"kioskward: ";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<std::string> texts_of(const std::vector<UsbguardLine>& lines) {
  std::vector<std::string> out;
  for (const auto& line : lines) out.push_back(line.rule);
  return out;
}

}  // namespace

UsbguardPeripherals::UsbguardPeripherals(std::unique_ptr<SysfsPeripherals> machine, const Clock& clock,
                                         std::string program)
    : machine_(std::move(machine)), clock_(clock), program_(std::move(program)) {}

Result<std::string> UsbguardPeripherals::ask(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program_);
  const auto outcome = run_process({std::move(arguments), {}, kAnswer});
  if (!outcome) return fail(Errc::unavailable, "usbguard: " + outcome.error().text());
  if (outcome->exit_code == 0) return outcome->out;
  const auto said = first_line(outcome->err);
  if (said.find("id doesn't exist") != std::string::npos) return fail(Errc::not_found, said);
  return fail(said.find("IPC connect") != std::string::npos ? Errc::unavailable : Errc::io, said);
}

Result<std::vector<UsbguardLine>> UsbguardPeripherals::rules() const {
  KW_TRY(const auto out, ask({"list-rules"}));
  return parse_usbguard_lines(out);
}

Result<device::PeripheralsSeen> UsbguardPeripherals::list() {
  const auto now = clock_.steady();
  if (!asked_ || now - *asked_ >= kAsk) {
    asked_.reset();
    KW_TRY(const auto target, ask({"get-parameter", kImplicit}));
    KW_TRY(const auto present, rules());
    as_wanted_ = first_line(target) == "block" && texts_of(present) == wanted_;
    asked_ = now;
  }
  KW_TRY(auto seen, machine_->list());
  seen.closed = seen.closed && as_wanted_;
  return seen;
}

Result<> UsbguardPeripherals::set(const Peripheral& device, const char* action) {
  KW_TRY(const auto out, ask({"list-devices"}));
  KW_TRY(const auto lines, parse_usbguard_lines(out));
  const auto found = std::ranges::find_if(lines, [&](const auto& l) { return l.attribute("via-port") == device.port; });
  if (found == lines.end()) return fail(Errc::not_found, device.port + ": the daemon does not know it");
  KW_CHECK(ask({action, found->id}));
  const bool in = std::string_view(action) == "allow-device";
  if (machine_->authorised(device) != in) return fail(Errc::io, device.handle + ": the daemon did not follow");
  return {};
}

Result<> UsbguardPeripherals::authorise(const Peripheral& device) {
  if (device.bus == Peripheral::Bus::card) return machine_->authorise(device);
  KW_CHECK(machine_->check_same(device));
  KW_CHECK(set(device, "allow-device"));
  const auto still = machine_->check_same(device);
  if (!still && still.code() == Errc::conflict) KW_CHECK(set(device, "block-device"));
  return still;
}

Result<> UsbguardPeripherals::block(const Peripheral& device) {
  if (device.bus == Peripheral::Bus::card || device.system || device.fixed) return machine_->block(device);
  if (const auto same = machine_->check_same(device); !same && same.code() == Errc::not_found) return same;
  return set(device, "block-device");
}

Result<> UsbguardPeripherals::replace_rules(const std::vector<std::string>& wanted) {
  KW_TRY(const auto present, rules());
  if (texts_of(present) == wanted) return {};
  // New rules first: between the two steps the daemon holds both, and at no moment none.
  for (const auto& rule : wanted) KW_CHECK(ask({"append-rule", rule}));
  for (const auto& line : present) KW_CHECK(ask({"remove-rule", line.id}));
  KW_TRY(const auto now, rules());
  if (texts_of(now) != wanted) return fail(Errc::io, "usbguard: the daemon's rules are not what they were set to");
  return {};
}

Result<std::string> UsbguardPeripherals::before() {
  std::string out;
  KW_TRY(const auto present, rules());
  for (const auto& line : present)
    if (line.rule.find(kOurs) == std::string::npos) out += "rule " + line.rule + "\n";
  KW_TRY(const auto target, ask({"get-parameter", kImplicit}));
  if (first_line(target) != "block") out += "implicit " + first_line(target) + "\n";
  KW_TRY(const auto gates, machine_->before());
  std::istringstream lines(gates);
  for (std::string line; std::getline(lines, line);) out += "gate " + line + "\n";
  return out;
}

Result<> UsbguardPeripherals::close(const device::v1::PeripheralPolicy& policy) {
  wanted_ = compile_usbguard_rules(policy);
  asked_.reset();
  KW_CHECK(replace_rules(wanted_));
  KW_TRY(const auto target, ask({"get-parameter", kImplicit}));
  if (first_line(target) != "block") KW_CHECK(ask({"set-parameter", kImplicit, "block"}));
  return machine_->close(policy);
}

Result<> UsbguardPeripherals::open(const std::string& before) {
  if (before.empty()) return {};  // the daemon's own policy is its administrator's
  std::vector<std::string> old;
  std::string gates, implicit;
  std::istringstream lines(before);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("rule ")) old.push_back(line.substr(5));
    if (line.starts_with("gate ")) gates += line.substr(5) + "\n";
    if (line.starts_with("implicit ")) implicit = line.substr(9);
  }
  KW_CHECK(replace_rules(old));
  if (!implicit.empty()) KW_CHECK(ask({"set-parameter", kImplicit, implicit}));
  wanted_.clear();
  asked_.reset();
  if (gates.empty()) return {};  // the daemon itself had closed them
  return machine_->open(gates);
}

}  // namespace kw::platform
