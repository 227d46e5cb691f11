#pragma once
// BeastWebSocket is the WebSocketSession over Beast: a coroutine of the connection reads, completions on its strand
// write.
//
// Internal to http_server.cpp (Beast stays out of every other unit). send, close and drop may be called from any
// thread.
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <memory>
#include <mutex>

#include "base/secret.h"
#include "net/http_server.h"

namespace kw::net {

/// WipedStream is a TCP stream that overwrites the room it is told to read into: what Beast's own buffer of a WebSocket
/// held of the message before is gone when the next one is waited for (it holds it until then, under a mask that stands
/// beside it).
class WipedStream : public boost::beast::tcp_stream {
 public:
  explicit WipedStream(boost::beast::tcp_stream&& from) : boost::beast::tcp_stream(std::move(from)) {}

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& room, Token&& token) {
    for (auto at = boost::asio::buffer_sequence_begin(room); at != boost::asio::buffer_sequence_end(room); ++at) {
      const boost::asio::mutable_buffer one(*at);
      wipe({static_cast<Byte*>(one.data()), one.size()});
    }
    return boost::beast::tcp_stream::async_read_some(room, std::forward<Token>(token));
  }
};

/// How Beast ends such a stream: as it ends the one below.
template <class Handler>
void async_teardown(boost::beast::role_type role, WipedStream& stream, Handler&& handler) {
  async_teardown(role, static_cast<boost::beast::tcp_stream&>(stream), std::forward<Handler>(handler));
}

class BeastWebSocket final : public WebSocketSession, public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(boost::beast::tcp_stream&& stream, const HttpOptions& options, Log& log, std::string peer,
                 std::string trace)
      : socket_(std::move(stream)), options_(options), log_(log), peer_(std::move(peer)), trace_(std::move(trace)) {}

  bool send(std::shared_ptr<const std::string> text) override {
    if (over_ || closing_) return false;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() >= options_.websocket_queue || octets_ + text->size() > options_.websocket_queue_octets) {
        if (!over_.exchange(true)) {
          log_.warning("http.websocket.slow_consumer", {{"peer", peer_}, {"trace", trace_}});
          drop();
        }
        return false;
      }
      octets_ += text->size();
      queue_.push_back({std::move(text), false});
    }
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write_next(); });
    return true;
  }
  bool offer(std::shared_ptr<const std::string> octets) override {
    if (over_ || closing_) return false;
    {
      const std::lock_guard lock(mutex_);
      if (!queue_.empty() || octets->size() > options_.websocket_queue_octets) return false;
      octets_ += octets->size();
      queue_.push_back({std::move(octets), true});
    }
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write_next(); });
    return true;
  }
  void close() override {
    if (over_ || closing_.exchange(true)) return;
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write_next(); });
  }
  void drop() {
    over_ = true;
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close_socket(); });
  }
  using Socket = boost::beast::websocket::stream<WipedStream>;
  Socket& socket() { return socket_; }

  /// close_socket is for the strand only.
  void close_socket() {
    over_ = true;
    // Its timer would keep an executor busy for as long as somebody holds the session.
    socket_.set_option(boost::beast::websocket::stream_base::timeout{
        boost::beast::websocket::stream_base::none(), boost::beast::websocket::stream_base::none(), false});
    boost::beast::get_lowest_layer(socket_).close();
  }

 private:
  /// What was sent before close() has gone out.
  void say_goodbye() {
    over_ = true;
    socket_.async_close(boost::beast::websocket::close_code::normal,
                        [self = shared_from_this()](boost::system::error_code) { self->close_socket(); });
  }
  struct Message {
    std::shared_ptr<const std::string> octets;
    bool binary = false;
  };
  void write_next() {
    Message message;
    {
      const std::lock_guard lock(mutex_);
      if (writing_ || over_) return;
      if (queue_.empty()) {
        if (closing_) say_goodbye();
        return;
      }
      writing_ = true;
      message = queue_.front();
    }
    socket_.binary(message.binary);
    const auto buffer = boost::asio::buffer(*message.octets);
    socket_.async_write(
        buffer, [self = shared_from_this(), octets = message.octets](boost::system::error_code error, std::size_t) {
          {
            const std::lock_guard lock(self->mutex_);
            self->writing_ = false;
            self->octets_ -= octets->size();
            self->queue_.pop_front();
          }
          if (error) return self->close_socket();
          self->write_next();
        });
  }

  Socket socket_;
  const HttpOptions options_;
  Log& log_;
  const std::string peer_, trace_;
  std::mutex mutex_;
  std::deque<Message> queue_;
  std::size_t octets_ = 0;
  bool writing_ = false;
  std::atomic<bool> over_ = false, closing_ = false;
};

}  // namespace kw::net
