#include "net/tlcp_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace kw::net {
namespace {

using asio::ip::tcp;
constexpr std::size_t kReadSize = 16384 + 2048 + 5;  // one whole record

}  // namespace

TlcpStream::TlcpStream(tcp::socket socket, std::unique_ptr<tlcp::Connection> engine)
    : socket_(std::move(socket)), engine_(std::move(engine)), wire_(kReadSize) {
  // A socket that died meanwhile fails at the first read; here it only has no addresses.
  boost::system::error_code ec;
  if (const auto peer = socket_.remote_endpoint(ec); !ec) peer_address_ = peer.address().to_string();
  if (const auto local = socket_.local_endpoint(ec); !ec) local_address_ = local.address().to_string();
}

TlcpStream::~TlcpStream() { abort(); }

void TlcpStream::abort() noexcept {
  boost::system::error_code ec;  // a socket that cannot be closed is closed already
  socket_.close(ec);
}

// Whoever flushes first also takes what the other direction adds meanwhile (an answer to close_notify, an alert).
asio::awaitable<Result<>> TlcpStream::flush(Deadline deadline) {
  if (writing_) co_return Result<>{};
  writing_ = true;
  while (engine_->has_output()) {
    const auto out = engine_->take_output();
    Watch watch(socket_.get_executor(), deadline);
    const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(out), watch.token());
    if (ec) {
      writing_ = false;
      co_return watch.error(ec, "write");
    }
  }
  writing_ = false;
  co_return Result<>{};
}

asio::awaitable<Result<>> TlcpStream::read_wire(Deadline deadline) {
  std::size_t got = 0;
  {
    Watch watch(socket_.get_executor(), deadline);
    const auto [ec, n] = co_await socket_.async_read_some(asio::buffer(wire_), watch.token());
    if (ec == asio::error::eof) {
      KW_CO_CHECK(engine_->end_of_stream());
      co_return fail(Errc::closed, "end of stream");
    }
    if (ec) co_return watch.error(ec, "read");
    got = n;
  }
  const auto fed = engine_->receive(ByteView(wire_).first(got));
  const auto flushed = co_await flush(deadline);
  if (!fed) co_return fed;  // the typed reason counts, whether or not the alert got out
  co_return flushed;
}

asio::awaitable<Result<>> TlcpStream::handshake(Deadline deadline) {
  KW_CO_CHECK(tune_socket(socket_));
  KW_CO_CHECK(co_await flush(deadline));
  while (engine_->state() == tlcp::State::handshaking) KW_CO_CHECK(co_await read_wire(deadline));
  if (engine_->state() != tlcp::State::open) co_return fail(Errc::closed, "closed in the handshake");
  co_return Result<>{};
}

asio::awaitable<Result<Bytes>> TlcpStream::read_some(Deadline deadline) {
  while (!engine_->has_received()) {
    if (engine_->state() == tlcp::State::closed) co_return fail(Errc::closed, "close_notify");
    KW_CO_CHECK(co_await read_wire(deadline));
  }
  co_return engine_->take_received();
}

asio::awaitable<Result<>> TlcpStream::write(ByteView application, Deadline deadline) {
  if (writing_) co_return fail(Errc::wrong_state, "a write is under way");
  // In portions, so that the sealed copy of a large write stays small.
  constexpr std::size_t kPortion = 256 * 1024;
  while (!application.empty()) {
    const auto portion = application.first(std::min(application.size(), kPortion));
    KW_CO_CHECK(engine_->send(portion));
    KW_CO_CHECK(co_await flush(deadline));
    application = application.subspan(portion.size());
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> TlcpStream::shutdown(Deadline deadline) {
  engine_->close();
  auto flushed = co_await flush(deadline);
  while (flushed && engine_->state() == tlcp::State::closing) {
    if (const auto read = co_await read_wire(deadline); !read) break;  // gone without a word: closed all the same
    static_cast<void>(engine_->take_received());                       // what comes now has no reader
  }
  abort();
  if (!flushed && flushed.code() != Errc::closed) co_return flushed;
  co_return Result<>{};
}

}  // namespace kw::net
