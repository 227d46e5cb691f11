// links: platform
// Kernel uevents and key records of any octets: typed errors only.
#include "platform/linux/uevent.h"

#include <cstdlib>

#include "platform/linux/evdev_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView in(data, size);
  const auto event = kw::platform::parse_uevent(in);
  if (event && (event->action.empty() || event->devpath.find("/../") != std::string::npos)) std::abort();
  if (event) (void)kw::platform::about_peripherals(*event);
  const auto keys = kw::platform::parse_key_presses(in);
  if (keys && keys->size() > size) std::abort();
  return 0;
}
