#pragma once
// UeventSocket hears the kernel's own uevents (not udev's), so that no other program stands between a plug and us.
//
// A queue that overflowed is told as lost, never passed over; the caller then looks at everything anew. Works in the
// network namespace of the thread that opens it. open(): not_permitted, io.
#include <optional>

#include "device/peripherals/peripheral.h"
#include "platform/linux/netlink_socket.h"

namespace kw::platform {

class UeventSocket final : public device::HotplugPort {
 public:
  struct Options {
    int receive_buffer = 1 << 20;  // octets: about 1,000 uevents
  };
  explicit UeventSocket(Options options) : options_(options) {}
  UeventSocket() : UeventSocket(Options{}) {}

  Result<int> open() override;
  Result<News> read() override;

 private:
  Options options_;
  std::optional<NetlinkSocket> socket_;
};

}  // namespace kw::platform
