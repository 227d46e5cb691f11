#pragma once
// parse_usb_descriptors reads what the kernel keeps in sysfs as "descriptors": the device descriptor and, for each
// configuration, its whole descriptor set, as the device sent them.
//
// Every interface counts, of every configuration and alternate setting: a device may show a stick first and a keyboard
// at the second look. Sizes are bounded by what USB can carry; PURE. Source: USB 2.0, chapter 9.5 and 9.6.
// Errors: truncated, malformed (a length or type that cannot be), too_large.
#include <set>
#include <string>

#include "base/bytes.h"

namespace kw::device {

inline constexpr std::size_t kMostDescriptors = 65553;  // sysfs shows at most that much: 18 octets and 65,535

struct UsbDescriptors {
  std::string vendor, product;       // 4 lower-case hex digits
  std::string device_class;          // "00:00:00": told by each interface
  std::set<std::string> interfaces;  // "03:01:01"; with device_class where that is not 00 and there is no interface
};

[[nodiscard]] Result<UsbDescriptors> parse_usb_descriptors(ByteView in);

}  // namespace kw::device
