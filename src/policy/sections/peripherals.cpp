#include "policy/sections/peripherals.h"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

namespace kw::policy {
namespace {

using Rule = v1::PeripheralRule;

constexpr int kMostRules = 256;
constexpr int kMostInterfaces = 32;
constexpr std::uint32_t kMostHubs = 5;  // USB 2.0 section 4.1.1: five hubs in a row

bool hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool printable(std::string_view text, std::size_t most) {
  return text.size() <= most && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}
// One to three digits, no zero in front; takes them off the text.
bool take_number(std::string_view& text, bool from_zero = false) {
  std::size_t n = 0;
  while (n < text.size() && n < 3 && text[n] >= '0' && text[n] <= '9') ++n;
  if (n == 0 || (text[0] == '0' && !(from_zero && n == 1))) return false;
  text.remove_prefix(n);
  return true;
}
// "1-1.2.3": a bus, and one to six steps behind it. "mmc0": a slot.
bool port_ok(std::string_view port, bool card) {
  if (card) {
    if (!port.starts_with("mmc")) return false;
    port.remove_prefix(3);
    return take_number(port, true) && port.empty();
  }
  if (!take_number(port)) return false;
  for (int step = 0; step < 6; ++step) {
    if (port.empty()) return step > 0;
    if (port.front() != (step == 0 ? '-' : '.')) return false;
    port.remove_prefix(1);
    if (!take_number(port)) return false;
  }
  return port.empty();
}
// "03:01:01", "03:01:*", "03:*:*"; a star for the whole would allow everything.
bool interface_ok(std::string_view word, bool card) {
  if (card) return word == "sd" || word == "mmc";
  if (word.size() != 8 && word.size() != 7 && word.size() != 6) return false;
  std::array<std::string_view, 3> parts;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto colon = i < 2 ? word.find(':') : word.size();
    if (colon == std::string_view::npos) return false;
    parts[i] = word.substr(0, colon);
    word.remove_prefix(std::min(colon + 1, word.size()));
  }
  const bool no_sub = parts[1] == "*";
  return hex(parts[0], 2) && (no_sub || hex(parts[1], 2)) && (parts[2] == "*" || (!no_sub && hex(parts[2], 2)));
}

void check_interfaces(const Rule& rule, const std::string& at, bool card, Findings& findings) {
  if (rule.interfaces_size() > kMostInterfaces) findings.add(at + "/interfaces", "too_many", "at most 32");
  for (int i = 0; i < rule.interfaces_size(); ++i)
    if (!interface_ok(rule.interfaces(i), card))
      findings.add(at + "/interfaces/" + std::to_string(i), "bad_interface",
                   card ? "sd or mmc is asked" : "class:subclass:protocol in hex is asked, \"*\" for the last ones");
}

void check_reach(const Rule& rule, const std::string& at, bool card, Findings& findings) {
  const bool by_id = !rule.vendor().empty();
  if (!rule.serial().empty() && !by_id)
    findings.add(at + "/serial", "serial_alone", "a serial number means nothing without vendor and product");
  else if (!rule.serial().empty() && rule.port().empty())
    findings.add(at + "/port", "serial_shared", "units of one make can share a serial number: name the port", true);
  // Ids can be borrowed: a keyboard hidden behind a printer's numbers must not ride on the printer's rule.
  if (rule.interfaces_size() == 0 && rule.digest().empty())
    findings.add(at + "/interfaces", "no_interfaces",
                 "interfaces or a digest are asked: ids alone are easily borrowed");
  if (!by_id && rule.digest().empty())
    findings.add(at + "/vendor", "any_maker", "every device of these classes is allowed", true);
  if (!rule.module().empty() && !by_id)
    findings.add(at + "/module", "module_alone", "a module number needs vendor and product");
  if (card) return;
  const bool storage = std::ranges::any_of(rule.interfaces(), [](const auto& i) { return i.starts_with("08"); });
  if (storage && (rule.port().empty() || rule.serial().empty()))
    findings.add(at + "/interfaces", "storage_anywhere", "mass storage without port and serial number", true);
}

void check_rule(const Rule& rule, const std::string& at, Findings& findings) {
  const bool card = rule.bus() == Rule::CARD;
  if (rule.name().empty() || !printable(rule.name(), 64))
    findings.add(at + "/name", "bad_name", "1 to 64 printable ASCII characters");
  if (rule.vendor().empty() != rule.product().empty())
    findings.add(at + "/product", "half_an_id", "vendor and product belong together");
  if (!rule.vendor().empty() && !hex(rule.vendor(), 4))
    findings.add(at + "/vendor", "bad_id", "4 lower-case hex digits");
  if (!rule.product().empty() && !hex(rule.product(), 4))
    findings.add(at + "/product", "bad_id", "4 lower-case hex digits");
  if (!printable(rule.serial(), 64)) findings.add(at + "/serial", "bad_serial", "at most 64 printable characters");
  if (!rule.port().empty() && !port_ok(rule.port(), card))
    findings.add(at + "/port", "bad_port", card ? "\"mmc0\" is the form" : "\"1-1.2\" is the form");
  if (!rule.digest().empty() && !hex(rule.digest(), 64))
    findings.add(at + "/digest", "bad_digest", "64 lower-case hex digits");
  if (!printable(rule.module(), 64)) findings.add(at + "/module", "bad_module", "at most 64 printable characters");
  check_interfaces(rule, at, card, findings);
  check_reach(rule, at, card, findings);
}

void check_typing(const v1::TypingRule& typing, Findings& findings) {
  if (typing.keys_per_second() == 0) return;
  if (typing.keys_per_second() > 1000) findings.add("/typing/keys_per_second", "out_of_range", "1 to 1000, or 0: off");
  if (typing.window_ms() < 100 || typing.window_ms() > 10'000)
    findings.add("/typing/window_ms", "out_of_range", "100 to 10000");
  else if (std::uint64_t{typing.keys_per_second()} * typing.window_ms() < 5'000)
    findings.add("/typing/window_ms", "too_narrow",
                 "fewer than 5 keys fit: a chord of a hand would count as an attack");
}

void check_peripherals(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.peripherals();
  if (policy.allow_size() > kMostRules) findings.add("/allow", "too_many", "at most 256 rules");
  std::set<std::string> names;
  for (int i = 0; i < std::min(policy.allow_size(), kMostRules); ++i) {
    const auto& rule = policy.allow(i);
    const auto at = "/allow/" + std::to_string(i);
    check_rule(rule, at, findings);
    if (!names.insert(rule.name()).second) findings.add(at + "/name", "duplicate", rule.name());
    if (rule.bus() == Rule::CARD && !policy.cards())
      findings.add(at + "/bus", "cards_off", "this rule has no effect while cards are off", true);
  }
  if (policy.hub_depth() > kMostHubs) findings.add("/hub_depth", "out_of_range", "0 to 5");
  check_typing(policy.typing(), findings);
  if (policy.mode() == v1::ENFORCE && policy.allow_size() == 0)
    findings.add("/allow", "nothing_allowed", "no peripheral will work", true);
}

}  // namespace

Result<PeripheralPermit> read_permit(const v1::Order& order) {
  const auto arg = [&](const char* name) {
    const auto found = order.args().find(name);
    return found == order.args().end() ? std::string() : found->second;
  };
  PeripheralPermit out;
  auto& rule = out.rule;
  rule.set_name(arg("name"));
  const auto bus = arg("bus");
  if (bus != "" && bus != "usb" && bus != "card") return fail(Errc::invalid, "bus: usb or card is asked");
  rule.set_bus(bus == "card" ? Rule::CARD : Rule::USB);
  rule.set_vendor(arg("vendor"));
  rule.set_product(arg("product"));
  rule.set_serial(arg("serial"));
  rule.set_port(arg("port"));
  rule.set_digest(arg("digest"));
  std::istringstream words(arg("interfaces"));
  for (std::string word; words >> word;) rule.add_interfaces(word);
  Findings findings("permit");
  check_rule(rule, "", findings);
  for (const auto& problem : std::move(findings).take())
    if (!problem.warning) return fail(Errc::invalid, problem.path.substr(8) + ": " + problem.detail);
  const auto until = from_rfc3339(arg("until"));
  if (!until) return fail(Errc::invalid, "until: RFC 3339 in UTC is asked");
  out.until = *until;
  return out;
}

Section peripherals_section() {
  return {"peripherals",
          "5.4-a,6.4-c,9.7-e",
          check_peripherals,
          {{"permit", {"name", "bus", "vendor", "product", "serial", "port", "interfaces", "digest", "until"}},
           {"revoke", {"name"}},
           {"pardon", {"port"}}}};
}

}  // namespace kw::policy
