#pragma once
// parse_uevent reads one message of the kernel's uevent socket: "add@/devices/...", then KEY=value, parted by zero
// octets.
//
// PURE. Sizes are bounded by the kernel's own buffers (kMostUevent); unknown keys are passed over; a key that comes
// twice keeps its last value, as the kernel's helpers do. Source: lib/kobject_uevent.c.
#include <string>

#include "base/bytes.h"

namespace kw::platform {

inline constexpr std::size_t kMostUevent = 8192;

struct Uevent {
  std::string action;     // "add", "remove", "change", "bind", ...
  std::string devpath;    // below /sys
  std::string subsystem;  // "usb"
  std::string devtype;    // "usb_device"; may be empty
};

/// parse_uevent: too_large, malformed (no header, a header that contradicts its keys, a path that climbs).
[[nodiscard]] Result<Uevent> parse_uevent(ByteView message);

/// about_peripherals tells whether this is news of something that is plugged in: USB devices, cards, and the event
/// sources and serial lines that appear below them.
[[nodiscard]] bool about_peripherals(const Uevent& event) noexcept;

}  // namespace kw::platform
