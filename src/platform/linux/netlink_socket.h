#pragma once
// NetlinkSocket is a netlink socket of libmnl with typed errors; bound to the calling thread's network namespace.
#include <libmnl/libmnl.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace kw::platform {

class NetlinkSocket {
 public:
  /// open: groups is a bit mask of the first 32 multicast groups. Errors: not_permitted, unsupported, io.
  static Result<NetlinkSocket> open(int bus, unsigned groups);

  [[nodiscard]] int descriptor() const { return mnl_socket_get_fd(socket_.get()); }
  /// set_receive_buffer goes past the system's bound where privilege allows it, and else up to it.
  Result<> set_receive_buffer(int octets);
  Result<> send(ByteView message);
  /// dump sends one request and hands each datagram of the answer to `take`, which returns true at the last.
  /// timeout after one second without an answer.
  Result<> ask(ByteView request, const std::function<Result<bool>(ByteView)>& take);

  enum class Read { datagram, empty, overflow };
  /// receive takes one waiting datagram without blocking; the view lives until the next call.
  Result<Read> receive(ByteView& datagram);

 private:
  struct Close {
    void operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }
  };
  std::unique_ptr<mnl_socket, Close> socket_;
  std::unique_ptr<Byte[]> buffer_;  // pages that no datagram fills are never taken
};

/// MessageBuilder composes one netlink request with libmnl in memory of its own.
class MessageBuilder {
 public:
  MessageBuilder(std::uint16_t type, std::uint16_t flags);
  /// extra appends a fixed header, zeroed.
  template <class T>
  T& extra() {
    return *static_cast<T*>(mnl_nlmsg_put_extra_header(header_, sizeof(T)));
  }
  nlmsghdr* header() { return header_; }
  [[nodiscard]] ByteView view() const { return {storage_.data(), header_->nlmsg_len}; }

 private:
  std::vector<Byte> storage_;
  nlmsghdr* header_;
};

}  // namespace kw::platform
