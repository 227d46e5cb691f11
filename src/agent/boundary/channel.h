#pragma once
// Channel is one end of the socket pair between the guard and the link process.
//
//   Channel channel(executor, std::move(fd), {[&](Bytes m) { ... return Result<>{}; }, [&](const Error& why) { ... }});
//   channel.start();
//   channel.send(*encode_frame(message));
//
// Frames that the peer sent before it ended are delivered before the end is. on_frame's error ends the channel as well.
// on_end is called once, never after close(). What waits for a peer that does not read is bounded: above kMostQueued
// the channel ends (Errc::too_large). One thread: the executor's; callbacks may destroy the channel.
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "agent/boundary/frame.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

class Channel {
 public:
  static constexpr std::size_t kMostQueued = 8U << 20;
  struct Handlers {
    std::function<Result<>(Bytes message)> on_frame;
    std::function<void(const Error& why)> on_end;
  };
  Channel(boost::asio::any_io_executor executor, platform::UniqueFd socket, Handlers handlers);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void start();
  void send(Bytes frame);
  void close();
  /// sent tells whether everything given to send() is with the kernel.
  [[nodiscard]] bool sent() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // kept by its operations; `open` tells them whether their owner is there
};

}  // namespace kw::agent
