#include "net/byte_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace kw::net {
namespace {

using asio::ip::tcp;
constexpr std::size_t kPlainRead = 16384;

class PlainBytes final : public ByteStream {
 public:
  explicit PlainBytes(tcp::socket socket) : socket_(std::move(socket)) {}
  asio::awaitable<Result<>> write(ByteView octets, Deadline deadline) override {
    Watch watch(socket_.get_executor(), deadline);
    const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(octets.data(), octets.size()), watch.token());
    if (ec) co_return watch.error(ec, "write");
    co_return Result<>{};
  }
  asio::awaitable<Result<Bytes>> read_some(Deadline deadline) override {
    Bytes out(kPlainRead);
    Watch watch(socket_.get_executor(), deadline);
    const auto [ec, n] = co_await socket_.async_read_some(asio::buffer(out), watch.token());
    if (ec == asio::error::eof) co_return fail(Errc::closed, "end of stream");
    if (ec) co_return watch.error(ec, "read");
    out.resize(n);
    co_return out;
  }
  asio::awaitable<Result<>> finish(Deadline) override { co_return fail(Errc::unsupported, "plain TCP"); }

 private:
  tcp::socket socket_;
};

class TlcpBytes final : public ByteStream {
 public:
  explicit TlcpBytes(std::unique_ptr<TlcpStream> stream) : stream_(std::move(stream)) {}
  asio::awaitable<Result<>> write(ByteView octets, Deadline deadline) override {
    co_return co_await stream_->write(octets, deadline);
  }
  asio::awaitable<Result<Bytes>> read_some(Deadline deadline) override {
    co_return co_await stream_->read_some(deadline);
  }
  asio::awaitable<Result<>> finish(Deadline deadline) override {
    KW_CO_CHECK(co_await stream_->shutdown(deadline));
    if (stream_->engine().state() != tlcp::State::closed)
      co_return fail(Errc::truncated, "no close_notify from the peer");
    co_return Result<>{};
  }

 private:
  std::unique_ptr<TlcpStream> stream_;
};

}  // namespace

asio::awaitable<Result<std::unique_ptr<ByteStream>>> connect_plain(Target target, Deadline deadline) {
  KW_CO_TRY(auto socket, co_await connect_tcp(std::move(target), deadline));
  std::unique_ptr<ByteStream> out = std::make_unique<PlainBytes>(std::move(socket));
  co_return out;
}

asio::awaitable<Result<std::unique_ptr<ByteStream>>> connect_tlcp_bytes(
    Target target, std::shared_ptr<const tlcp::ClientConfig> config, Random& random, const Clock& clock,
    Deadline deadline) {
  KW_CO_TRY(auto stream, co_await connect_tlcp(std::move(target), std::move(config), random, clock, deadline));
  std::unique_ptr<ByteStream> out = std::make_unique<TlcpBytes>(std::move(stream));
  co_return out;
}

}  // namespace kw::net
