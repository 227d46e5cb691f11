#include "platform/linux/netlink_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::size_t kDatagram = 64 << 10;
constexpr int kAnswerMs = 1000;
constexpr std::size_t kRequest = 512;

}  // namespace

Result<NetlinkSocket> NetlinkSocket::open(int bus, unsigned groups) {
  NetlinkSocket out;
  out.socket_.reset(mnl_socket_open2(bus, SOCK_CLOEXEC));
  if (!out.socket_) return fail_os("netlink socket");
  if (mnl_socket_bind(out.socket_.get(), groups, MNL_SOCKET_AUTOPID) != 0) return fail_os("netlink groups");
  out.buffer_ = std::make_unique_for_overwrite<Byte[]>(kDatagram);
  return out;
}

Result<> NetlinkSocket::set_receive_buffer(int octets) {
  if (::setsockopt(descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) == 0) return {};
  if (::setsockopt(descriptor(), SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets) == 0) return {};
  return fail_os("netlink receive buffer");
}

Result<> NetlinkSocket::send(ByteView message) {
  if (mnl_socket_sendto(socket_.get(), message.data(), message.size()) < 0) return fail_os("netlink request");
  return {};
}

Result<> NetlinkSocket::ask(ByteView request, const std::function<Result<bool>(ByteView)>& take) {
  KW_CHECK(send(request));
  for (;;) {
    pollfd waiting{descriptor(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kAnswerMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail_os("netlink answer");
    if (ready == 0) return fail(Errc::timeout, "netlink answer");
    ByteView datagram;
    KW_TRY(const auto read, receive(datagram));
    if (read == Read::overflow) return fail(Errc::io, "netlink answer was lost");
    if (read == Read::empty) continue;
    KW_TRY(const auto last, take(datagram));
    if (last) return {};
  }
}

Result<NetlinkSocket::Read> NetlinkSocket::receive(ByteView& datagram) {
  sockaddr_nl sender{};
  iovec part{buffer_.get(), kDatagram};
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const auto n = ::recvmsg(descriptor(), &message, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Read::empty;
  if (n < 0 && errno == ENOBUFS) return Read::overflow;
  if (n < 0) return fail_os("netlink receive");
  if (sender.nl_pid != 0) return Read::empty;  // not from the kernel
  if ((message.msg_flags & MSG_TRUNC) != 0) return Read::overflow;
  datagram = ByteView(buffer_.get(), static_cast<std::size_t>(n));
  return Read::datagram;
}

MessageBuilder::MessageBuilder(std::uint16_t type, std::uint16_t flags)
    : storage_(kRequest), header_(mnl_nlmsg_put_header(storage_.data())) {
  header_->nlmsg_type = type;
  header_->nlmsg_flags = flags;
}

}  // namespace kw::platform
