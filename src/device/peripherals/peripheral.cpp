#include "device/peripherals/peripheral.h"

#include <algorithm>
#include <array>

namespace kw::device {
namespace {

// The first row that an interface fits names the device: what can do most harm stands first. A serial adapter of
// vendor class is known by its maker's number (FTDI, Prolific, WCH, Silicon Labs).
struct KindRow {
  std::string_view prefix, kind;
};
constexpr std::array kKinds{
    KindRow{"e0:01:03", "network"},                                   // RNDIS: a phone's tethering
    KindRow{"02:0d", "network"},     KindRow{"02:06", "network"},     // NCM, ECM
    KindRow{"02:0e", "network"},     KindRow{"ef:04:01", "network"},  // MBIM, RNDIS again
    KindRow{"02:02:ff", "network"},  KindRow{"ff:fd", "network"},     // RNDIS over ACM; ipheth
    KindRow{"03:01:01", "keyboard"}, KindRow{"ff:fe", "phone"},       // usbmux
    KindRow{"ff:42", "phone"},       KindRow{"06", "phone"},          // adb; MTP and PTP
    KindRow{"08", "storage"},        KindRow{"e0", "wireless"},       // e0:01:01 is Bluetooth
    KindRow{"02:02", "serial"},      KindRow{"0a", "serial"},        KindRow{"03", "hid"},   KindRow{"0b", "reader"},
    KindRow{"07", "printer"},        KindRow{"0e", "video"},         KindRow{"01", "audio"}, KindRow{"09", "hub"},
};
constexpr std::array<std::string_view, 4> kSerialMakers{"0403", "067b", "1a86", "10c4"};

}  // namespace

std::string kind_of(const Peripheral& device) {
  if (device.bus == Peripheral::Bus::card) return "card";
  for (const auto& row : kKinds)
    if (std::ranges::any_of(device.interfaces, [&](const auto& i) { return i.starts_with(row.prefix); }))
      return std::string(row.kind);
  const bool vendor_class = std::ranges::any_of(device.interfaces, [](const auto& i) { return i.starts_with("ff"); });
  if (!vendor_class) return "other";
  return std::ranges::find(kSerialMakers, device.vendor) != kSerialMakers.end() ? "serial" : "vendor";
}

unsigned depth_of(const std::string& port) {
  const auto dash = port.find('-');
  if (dash == std::string::npos) return 0;
  return 1U + static_cast<unsigned>(std::count(port.begin() + static_cast<std::ptrdiff_t>(dash), port.end(), '.'));
}

std::string classes_of(const Peripheral& device) {
  std::string out;
  for (const auto& one : device.interfaces) {
    if (out.size() + one.size() > 195) return out + " ...";
    out += (out.empty() ? "" : " ") + one;
  }
  return out;
}

std::string clean_text(std::string_view from_device) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\0'; };
  while (!from_device.empty() && blank(from_device.back())) from_device.remove_suffix(1);
  while (!from_device.empty() && blank(from_device.front())) from_device.remove_prefix(1);
  std::string out(from_device.substr(0, kMostText));
  for (auto& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  return out;
}

}  // namespace kw::device
