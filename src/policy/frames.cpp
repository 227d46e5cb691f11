#include "policy/frames.h"

#include <array>
#include <charconv>

namespace kw::policy {
namespace {

std::string hex(std::uint32_t number) {
  std::array<char, 9> digits{};
  const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  static_cast<void>(problem);  // eight digits always fit
  return "0x" + std::string(digits.data(), end);
}

std::string removed(std::string_view family) {
  const auto table = std::string(family) + " " + std::string(kFramesTable);
  return "add table " + table + "\ndelete table " + table + "\n";  // works whether it is there or not
}

}  // namespace

std::string compile_frames(const FrameRules& rules) {
  namespace v1 = ::kioskward::v1;
  auto out = removed("inet") + removed("netdev");
  if (rules.mode == v1::OFF) return out;
  const auto mark = hex(rules.mark);
  const auto quoted = "\"" + rules.interface + "\"";
  const std::string table(kFramesTable);
  out += "table inet " + table + " {\n  chain passed {\n    type filter hook output priority 2147483647; policy accept;\n" +
         "    oifname " + quoted + " meta mark set " + mark + "\n  }\n}\n";
  out += "table netdev " + table + " {\n  counter " + std::string(kFramesCounter) + " { }\n  chain leave {\n" +
         "    type filter hook egress device " + quoted + " priority 0; policy " +
         (rules.mode == v1::ENFORCE ? "drop" : "accept") + ";\n    meta mark " + mark + " accept\n";
  if (!rules.address.empty()) out += "    arp saddr ip " + rules.address + " accept\n";
  for (const auto type : rules.ethertypes) out += "    ether type " + hex(type) + " accept\n";
  out += "    counter name " + std::string(kFramesCounter) + "\n  }\n}\n";
  return out;
}

}  // namespace kw::policy
