#include "platform/linux/uevent_socket.h"

#include <linux/netlink.h>

#include "platform/linux/uevent.h"

namespace kw::platform {
namespace {

constexpr unsigned kKernelGroup = 1;  // udev tells its own story in group 2
constexpr int kMostBatch = 1024;      // then the caller's thread has its turn; the rest is still readable

}  // namespace

Result<int> UeventSocket::open() {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_KOBJECT_UEVENT, kKernelGroup));
  KW_CHECK(socket.set_receive_buffer(options_.receive_buffer));
  socket_ = std::move(socket);
  return socket_->descriptor();
}

Result<device::HotplugPort::News> UeventSocket::read() {
  if (!socket_) return fail(Errc::wrong_state, "uevent socket is not open");
  News out;
  for (int i = 0; i < kMostBatch; ++i) {
    ByteView message;
    KW_TRY(const auto got, socket_->receive(message));
    if (got == NetlinkSocket::Read::empty) break;
    if (got == NetlinkSocket::Read::overflow) {
      ++out.lost;
      continue;
    }
    const auto event = parse_uevent(message);
    out.devices = out.devices || !event || about_peripherals(*event);  // what cannot be read may be about anything
  }
  return out;
}

}  // namespace kw::platform
