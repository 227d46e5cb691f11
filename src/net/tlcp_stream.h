#pragma once
// TlcpStream carries application data over TLCP on a TCP socket, as coroutines with a deadline on every wait.
//
// One strand per connection: every call and its coroutine run on the stream's executor, which is a strand where the
// context has more than one thread. One reader and one writer at a time (a read and a write may overlap). Buffers are
// bounded by one record each way and the caller's write. After an error the stream is dead: destroy it.
//
//   auto stream = co_await net::connect_tlcp(target, config, random, clock, net::in(5s));
//   if (!stream) co_return stream.error();
//   co_await (*stream)->write(bytes_of("GET / HTTP/1.0\r\n\r\n"), net::in(5s));
//   auto reply = co_await (*stream)->read_some(net::in(5s));
//   co_await (*stream)->shutdown(net::in(1s));
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"
#include "net/deadline.h"
#include "tlcp/client.h"
#include "tlcp/server.h"

namespace kw::net {

class TlcpStream {
 public:
  /// Takes a connected socket and an engine; sets TCP_NODELAY, keep-alive and user time-out (see tune_socket).
  TlcpStream(asio::ip::tcp::socket socket, std::unique_ptr<tlcp::Connection> engine);
  /// Closes the socket; coroutines still waiting in the stream must have ended.
  ~TlcpStream();
  TlcpStream(const TlcpStream&) = delete;
  TlcpStream& operator=(const TlcpStream&) = delete;

  /// handshake runs until the connection is open. An alert due to the peer is written before an error is returned;
  /// engine().failure() then tells the typed reason. Errc::timeout, closed, io or the failure's code.
  asio::awaitable<Result<>> handshake(Deadline deadline);
  /// read_some returns at least one octet and at most what one socket read brought. Errc::closed after the peer's
  /// close_notify, truncated where the transport just ended.
  asio::awaitable<Result<Bytes>> read_some(Deadline deadline);
  /// write returns when all octets are with the kernel.
  asio::awaitable<Result<>> write(ByteView application, Deadline deadline);
  /// shutdown sends close_notify, waits for the peer's until the deadline, and closes the socket. A peer that goes
  /// without close_notify is no error here.
  asio::awaitable<Result<>> shutdown(Deadline deadline);
  /// abort closes the socket at once; waiting coroutines end with Errc::cancelled or closed.
  void abort() noexcept;

  [[nodiscard]] const tlcp::Connection& engine() const noexcept { return *engine_; }
  [[nodiscard]] asio::any_io_executor executor() { return socket_.get_executor(); }
  /// Text forms without port ("10.66.0.10"); empty where the socket is gone.
  [[nodiscard]] const std::string& peer_address() const noexcept { return peer_address_; }
  [[nodiscard]] const std::string& local_address() const noexcept { return local_address_; }

 private:
  asio::awaitable<Result<>> flush(Deadline deadline);
  asio::awaitable<Result<>> read_wire(Deadline deadline);

  asio::ip::tcp::socket socket_;
  std::unique_ptr<tlcp::Connection> engine_;
  Bytes wire_;
  std::string peer_address_, local_address_;
  bool writing_ = false;
};

/// tune_socket makes a dead peer noticeable in seconds: keep-alive after 5 s idle, every 2 s, 3 times; unacknowledged
/// data fails after 10 s (TCP_USER_TIMEOUT); TCP_NODELAY.
Result<> tune_socket(asio::ip::tcp::socket& socket);

/// Target is where to connect, and from where. It has constructors because GCC 12 destroys temporaries of an aggregate
/// twice when they stand in a co_await expression.
struct Target {
  Target() = default;
  Target(std::string to_host, std::uint16_t to_port, std::string from_interface = {}, std::string from_address = {})
      : host(std::move(to_host)),
        port(to_port),
        bind_interface(std::move(from_interface)),
        bind_address(std::move(from_address)) {}

  std::string host;  // address or name
  std::uint16_t port = 0;
  std::string bind_interface;  // SO_BINDTODEVICE where not empty
  std::string bind_address;    // source address where not empty
};

/// connect_tcp resolves and connects, address after address until the deadline. Names are looked up by the system's
/// resolver, which keeps to time limits of its own; addresses need none.
asio::awaitable<Result<asio::ip::tcp::socket>> connect_tcp(Target target, Deadline deadline);
/// connect_tlcp connects and does the handshake. `random` and `clock` must outlive the stream. Where the handshake
/// fails and `why` is not null, it receives the engine's report.
asio::awaitable<Result<std::unique_ptr<TlcpStream>>> connect_tlcp(Target target,
                                                                  std::shared_ptr<const tlcp::ClientConfig> config,
                                                                  Random& random, const Clock& clock, Deadline deadline,
                                                                  std::optional<tlcp::FailureReport>* why = nullptr);

}  // namespace kw::net
