#include "platform/linux/usbguard_text.h"

#include <algorithm>

namespace kw::platform {
namespace {

namespace v1 = ::kioskward::v1;
constexpr std::size_t kMostLines = 4096;
constexpr int kMostBuses = 32;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Classes whose fate hangs on a switch or on the depth, which the daemon does not know.
bool only_the_agent_can_judge(const v1::PeripheralRule& rule, const v1::PeripheralPolicy& policy) {
  if (rule.bus() == v1::PeripheralRule::CARD || !rule.digest().empty() || rule.interfaces_size() == 0) return true;
  return std::ranges::any_of(rule.interfaces(), [&](const std::string& i) {
    if (i.starts_with("09")) return true;
    return !policy.serial_adapters() && (i.starts_with("02") || i.starts_with("0a") || i.starts_with("ff"));
  });
}

}  // namespace

std::vector<std::string> compile_usbguard_rules(const v1::PeripheralPolicy& policy) {
  std::string own = "allow via-port one-of {";
  for (int bus = 1; bus <= kMostBuses; ++bus) own += " \"usb" + std::to_string(bus) + "\"";
  std::vector<std::string> out{own + " } label \"kioskward: fixed\""};
  for (const auto& rule : policy.allow()) {
    if (only_the_agent_can_judge(rule, policy)) continue;
    std::string line = "allow";
    if (!rule.vendor().empty()) line += " id " + rule.vendor() + ":" + rule.product();
    if (!rule.serial().empty()) line += " serial " + in_quotes(rule.serial());
    if (!rule.port().empty()) line += " via-port " + in_quotes(rule.port());
    line += " with-interface match-all {";
    for (const auto& one : rule.interfaces()) line += " " + one;
    out.push_back(line + " } label " + in_quotes("kioskward: " + rule.name()));
  }
  return out;
}

std::string UsbguardLine::attribute(std::string_view name) const {
  // Values are quoted and may hold anything: names are looked for outside of quotes only.
  const std::string wanted = std::string(name) + " ";
  bool inside = false;
  for (std::size_t at = 0; at < rule.size(); ++at) {
    if (rule[at] == '\\' && inside) {
      ++at;
    } else if (rule[at] == '"') {
      inside = !inside;
    } else if (!inside && (at == 0 || rule[at - 1] == ' ') && rule.compare(at, wanted.size(), wanted) == 0) {
      const auto open = rule.find('"', at);
      if (open == std::string::npos) return {};
      auto close = open + 1;
      while (close < rule.size() && rule[close] != '"') close += rule[close] == '\\' ? 2 : 1;
      return close < rule.size() ? rule.substr(open + 1, close - open - 1) : std::string();
    }
  }
  return {};
}

Result<std::vector<UsbguardLine>> parse_usbguard_lines(std::string_view in) {
  std::vector<UsbguardLine> out;
  while (!in.empty()) {
    const auto end = std::min(in.find('\n'), in.size());
    const auto line = in.substr(0, end);
    in.remove_prefix(std::min(end + 1, in.size()));
    if (line.empty()) continue;
    if (out.size() == kMostLines) return fail(Errc::too_large, "usbguard lines");
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || colon == 0 || colon > 10 ||
        !std::ranges::all_of(line.substr(0, colon), [](char c) { return c >= '0' && c <= '9'; }))
      return fail(Errc::malformed, "usbguard line");
    UsbguardLine one{std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))};
    if (!one.allows() && !one.rule.starts_with("block") && !one.rule.starts_with("reject") && one.rule != "allow")
      return fail(Errc::malformed, "usbguard target");
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace kw::platform
