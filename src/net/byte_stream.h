#pragma once
// ByteStream is a client's connection as who speaks over it sees it: plain TCP, TLS or TLCP all the same.
//
// One strand per connection, one reader and one writer at a time, a deadline on every wait. After an error the stream
// is dead: destroy it.
#include <memory>

#include "net/tlcp_stream.h"

namespace kw::net {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// write returns when all octets are with the kernel.
  virtual asio::awaitable<Result<>> write(ByteView octets, Deadline deadline) = 0;
  /// read_some: Errc::closed at an end that the peer announced, truncated where the connection just ended.
  virtual asio::awaitable<Result<Bytes>> read_some(Deadline deadline) = 0;
  /// finish says that nothing more comes (close_notify), and waits until the peer says so too: then it has read
  /// everything that was written. Errc::truncated where the peer went without a word, timeout. Plain TCP cannot tell,
  /// and gives Errc::unsupported.
  virtual asio::awaitable<Result<>> finish(Deadline deadline) = 0;
};

/// connect_plain is TCP without protection: for loopback.
asio::awaitable<Result<std::unique_ptr<ByteStream>>> connect_plain(Target target, Deadline deadline);
/// connect_tlcp_bytes is connect_tlcp behind this interface. `random` and `clock` must outlive the stream.
asio::awaitable<Result<std::unique_ptr<ByteStream>>> connect_tlcp_bytes(
    Target target, std::shared_ptr<const tlcp::ClientConfig> config, Random& random, const Clock& clock,
    Deadline deadline);

}  // namespace kw::net
