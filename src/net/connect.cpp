// TCP connections as TLCP needs them: found dead within seconds, from a given interface or source address.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <cerrno>
#include <cstring>

#include "net/tlcp_stream.h"

namespace kw::net {
namespace {

using asio::ip::tcp;

constexpr int kIdleSeconds = 5, kIntervalSeconds = 2, kProbes = 3;
constexpr unsigned kUserTimeoutMs = 10'000;
constexpr int kMostUnsent = 128 << 10;  // octets in the kernel that have not left: what is urgent waits behind them

Result<> set(int fd, int level, int option, const void* value, std::size_t size, std::string_view what) {
  if (::setsockopt(fd, level, option, value, static_cast<socklen_t>(size)) == 0) return {};
  const int error = errno;
  return fail(error == EPERM ? Errc::not_permitted : Errc::io, std::string(what) + ": " + std::strerror(error));
}
Result<> set(int fd, int level, int option, int value, std::string_view what) {
  return set(fd, level, option, &value, sizeof value, what);
}

Result<> bind_to(tcp::socket& socket, const Target& target) {
  const auto& interface = target.bind_interface;
  if (!interface.empty())
    KW_CHECK(set(socket.native_handle(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), interface.size(), interface));
  if (target.bind_address.empty()) return {};
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(target.bind_address, ec);
  if (ec) return fail(Errc::invalid, "source address " + target.bind_address);
  socket.bind(tcp::endpoint(address, 0), ec);
  if (ec) return error_of(ec, "bind " + target.bind_address);
  return {};
}

asio::awaitable<Result<std::vector<tcp::endpoint>>> resolve(const Target& target, Deadline deadline) {
  boost::system::error_code ec;
  if (const auto address = asio::ip::make_address(target.host, ec); !ec)
    co_return std::vector{tcp::endpoint(address, target.port)};
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  Watch watch(executor, deadline);
  const auto [failed, found] = co_await resolver.async_resolve(target.host, std::to_string(target.port), watch.token());
  if (failed) co_return watch.error(failed, "resolve " + target.host);
  std::vector<tcp::endpoint> out;
  for (const auto& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

}  // namespace

Result<> tune_socket(tcp::socket& socket) {
  const int fd = socket.native_handle();
  KW_CHECK(set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY"));
  KW_CHECK(set(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE"));
  KW_CHECK(set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kMostUnsent, "TCP_NOTSENT_LOWAT"));
  KW_CHECK(set(fd, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds, "TCP_KEEPIDLE"));
  KW_CHECK(set(fd, IPPROTO_TCP, TCP_KEEPINTVL, kIntervalSeconds, "TCP_KEEPINTVL"));
  KW_CHECK(set(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes, "TCP_KEEPCNT"));
  return set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs, "TCP_USER_TIMEOUT");
}

asio::awaitable<Result<tcp::socket>> connect_tcp(Target target, Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  KW_CO_TRY(const auto endpoints, co_await resolve(target, deadline));
  Error last(Errc::not_found, "no address for " + target.host);
  for (const auto& endpoint : endpoints) {
    tcp::socket socket(executor);
    boost::system::error_code ec;
    socket.open(endpoint.protocol(), ec);
    if (ec) {
      last = error_of(ec, "socket");
      continue;
    }
    if (const auto bound = bind_to(socket, target); !bound) {
      last = bound.error();
      continue;
    }
    Watch watch(executor, deadline);
    const auto [failed] = co_await socket.async_connect(endpoint, watch.token());
    if (!failed) co_return Result<tcp::socket>(std::move(socket));
    last = watch.error(failed, "connect " + target.host + ":" + std::to_string(target.port));
  }
  co_return last;
}

asio::awaitable<Result<std::unique_ptr<TlcpStream>>> connect_tlcp(Target target,
                                                                  std::shared_ptr<const tlcp::ClientConfig> config,
                                                                  Random& random, const Clock& clock, Deadline deadline,
                                                                  std::optional<tlcp::FailureReport>* why) {
  KW_CO_TRY(auto socket, co_await connect_tcp(std::move(target), deadline));
  auto engine = std::make_unique<tlcp::Client>(std::move(config), random, clock);
  auto stream = std::make_unique<TlcpStream>(std::move(socket), std::move(engine));
  if (const auto done = co_await stream->handshake(deadline); !done) {
    if (why != nullptr) *why = stream->engine().failure();
    co_return done.error().within("handshake");
  }
  co_return stream;
}

}  // namespace kw::net
