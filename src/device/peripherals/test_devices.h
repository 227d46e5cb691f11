#pragma once
// For tests: descriptors as devices send them, and the Peripheral that they make.
#include <array>
#include <initializer_list>

#include "device/peripherals/peripheral.h"
#include "device/peripherals/usb_descriptors.h"

namespace kw::device::testing {

using Triple = std::array<Byte, 3>;

/// descriptors_of builds a device descriptor and one configuration with one interface a triple.
inline Bytes descriptors_of(std::uint16_t vendor, std::uint16_t product, std::initializer_list<Triple> interfaces,
                            Triple device_class = {0, 0, 0}) {
  const auto low = [](std::uint16_t n) { return static_cast<Byte>(n & 0xff); };
  const auto high = [](std::uint16_t n) { return static_cast<Byte>(n >> 8); };
  Bytes out{18,
            1,
            0,
            2,
            device_class[0],
            device_class[1],
            device_class[2],
            64,
            low(vendor),
            high(vendor),
            low(product),
            high(product),
            0,
            1,
            1,
            2,
            3,
            1};
  const auto total = static_cast<std::uint16_t>(9 + interfaces.size() * 16);
  append(out, Bytes{9, 2, low(total), high(total), static_cast<Byte>(interfaces.size()), 1, 0, 0x80, 50});
  Byte number = 0;
  for (const auto& one : interfaces)
    append(out, Bytes{9, 4, number++, 0, 1, one[0], one[1], one[2], 0, 7, 5, 0x81, 3, 8, 0, 10});
  return out;
}

inline Peripheral usb(const std::string& port, const std::string& vendor, const std::string& product,
                      std::vector<std::string> interfaces, unsigned generation = 2, const std::string& serial = "") {
  Peripheral out;
  out.handle = out.port = port;
  out.vendor = vendor;
  out.product = product;
  out.interfaces = std::move(interfaces);
  out.generation = generation;
  out.serial = serial;
  out.digest = vendor + product;
  for (const auto& one : out.interfaces) out.digest += one;
  return out;
}
inline Peripheral keyboard(const std::string& port = "1-1") { return usb(port, "046d", "c31c", {"03:01:01"}); }
inline Peripheral stick(const std::string& port = "1-2") {
  auto out = usb(port, "0781", "5567", {"08:06:50"}, 3, "0001");
  out.title = "Cruzer Blade";
  return out;
}
inline Peripheral root_hub() {
  auto out = usb("usb1", "1d6b", "0002", {"09:00:00"}, 1);
  out.fixed = out.authorised = true;
  return out;
}

inline v1::PeripheralRule rule(const std::string& name, const std::string& vendor, const std::string& product,
                               std::initializer_list<const char*> interfaces) {
  v1::PeripheralRule out;
  out.set_name(name);
  out.set_vendor(vendor);
  out.set_product(product);
  for (const auto* one : interfaces) out.add_interfaces(one);
  return out;
}

}  // namespace kw::device::testing
