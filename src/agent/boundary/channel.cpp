#include "agent/boundary/channel.h"

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "net/deadline.h"

namespace kw::agent {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

struct Channel::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor executor, platform::UniqueFd fd, Handlers calls)
      : socket(std::move(executor), asio::local::stream_protocol(), fd.release()), handlers(std::move(calls)) {}

  void end(const Error& why) {
    if (!std::exchange(open, false)) return;
    close();
    const auto told = std::exchange(handlers, {});
    if (told.on_end) told.on_end(why);
  }

  void close() {
    open = false;
    boost::system::error_code ignored;  // a socket that cannot be closed twice is closed
    socket.close(ignored);
  }

  void read() {
    socket.async_read_some(asio::buffer(part),
                           [self = shared_from_this()](const boost::system::error_code& ec, std::size_t n) {
                             if (!self->open) return;
                             if (ec) return self->end(net::error_of(ec, "boundary"));
                             self->frames.feed(ByteView(self->part.data(), n));
                             self->deliver();
                             if (self->open) self->read();
                           });
  }

  void deliver() {
    while (open) {
      auto frame = frames.next();
      if (!frame) return end(frame.error());
      if (!*frame) return;
      const auto on_frame = handlers.on_frame;  // a copy: the call may take the channel away
      if (const auto taken = on_frame(std::move(**frame)); !taken) return end(taken.error());
    }
  }

  void write() {
    writing = std::exchange(waiting, {});
    asio::async_write(socket, asio::buffer(writing),
                      [self = shared_from_this()](const boost::system::error_code& ec, std::size_t) {
                        if (!self->open) return;
                        self->writing.clear();
                        // The reader meets the end too, after what the peer has still said.
                        if (!ec && !self->waiting.empty()) self->write();
                        if (ec) self->broken = true;
                      });
  }

  Socket socket;
  Handlers handlers;
  FrameReader frames;
  std::array<Byte, 16384> part{};
  Bytes waiting, writing;
  bool open = true, broken = false;
};

Channel::Channel(asio::any_io_executor executor, platform::UniqueFd socket, Handlers handlers)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(socket), std::move(handlers))) {}

Channel::~Channel() { close(); }

void Channel::start() { impl_->read(); }

void Channel::close() {
  impl_->handlers = {};
  impl_->close();
}

bool Channel::sent() const { return impl_->waiting.empty() && impl_->writing.empty(); }

void Channel::send(Bytes frame) {
  if (!impl_->open || impl_->broken) return;
  if (impl_->waiting.size() + impl_->writing.size() + frame.size() > kMostQueued) {
    // Not from within the caller's own call: it may be iterating over what on_end changes.
    asio::post(impl_->socket.get_executor(),
               [impl = impl_] { impl->end(Error(Errc::too_large, "the other process does not read")); });
    impl_->broken = true;
    return;
  }
  append(impl_->waiting, frame);
  if (impl_->writing.empty()) impl_->write();
}

}  // namespace kw::agent
