#include "device/peripherals/usb_descriptors.h"

namespace kw::device {
namespace {

constexpr Byte kDevice = 1, kConfiguration = 2, kInterface = 4;
constexpr std::size_t kDeviceSize = 18, kConfigurationSize = 9, kInterfaceSize = 9;

std::string hex16(ByteView in, std::size_t at) {  // little-endian on the wire
  const Byte swapped[2] = {in[at + 1], in[at]};
  return to_hex(swapped);
}
std::string triple(ByteView in, std::size_t at) {
  return to_hex(in.subspan(at, 1)) + ":" + to_hex(in.subspan(at + 1, 1)) + ":" + to_hex(in.subspan(at + 2, 1));
}

}  // namespace

Result<UsbDescriptors> parse_usb_descriptors(ByteView in) {
  if (in.size() > kMostDescriptors) return fail(Errc::too_large, "descriptors");
  if (in.size() < kDeviceSize) return fail(Errc::truncated, "device descriptor");
  if (in[0] != kDeviceSize || in[1] != kDevice) return fail(Errc::malformed, "no device descriptor at the start");
  UsbDescriptors out{hex16(in, 8), hex16(in, 10), triple(in, 4), {}};
  bool configured = false;
  for (std::size_t at = kDeviceSize; at < in.size();) {
    const std::size_t length = in[at];
    if (length < 2) return fail(Errc::malformed, "a descriptor of no length");
    if (in.size() - at < length) return fail(Errc::truncated, "descriptor");
    const auto type = in[at + 1];
    if (type == kConfiguration) {
      if (length < kConfigurationSize) return fail(Errc::malformed, "configuration descriptor");
      configured = true;
    } else if (!configured) {
      return fail(Errc::malformed, "no configuration before other descriptors");
    } else if (type == kInterface) {
      if (length < kInterfaceSize) return fail(Errc::malformed, "interface descriptor");
      out.interfaces.insert(triple(in, at + 5));
    }
    at += length;
  }
  // A class that the device itself claims counts where its interfaces leave it open (a hub says it in both places).
  if (out.device_class.substr(0, 2) != "00" && out.interfaces.empty()) out.interfaces.insert(out.device_class);
  return out;
}

}  // namespace kw::device
