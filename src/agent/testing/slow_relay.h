#pragma once
// SlowRelay stands between a kiosk and its platform and lets through only so many octets a second from the kiosk: a
// thin line with a short queue. The other direction is not held up.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace kw::agent::testing {

namespace asio = boost::asio;

class SlowRelay {
 public:
  using tcp = asio::ip::tcp;
  SlowRelay(asio::io_context& io, std::uint16_t to, std::size_t octets_a_second)
      : io_(io), to_(to), rate_(octets_a_second), acceptor_(io) {
    acceptor_.open(tcp::v4());
    acceptor_.set_option(asio::socket_base::receive_buffer_size(16 << 10));  // taken over by what is accepted
    acceptor_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    acceptor_.listen();
    asio::co_spawn(io_, accept(), asio::detached);
  }
  ~SlowRelay() { stop(); }
  SlowRelay(const SlowRelay&) = delete;
  SlowRelay& operator=(const SlowRelay&) = delete;
  void stop() {
    *stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const auto& weak : open_)
      if (const auto socket = weak.lock()) socket->close(ignored);
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  static constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
  static constexpr auto kBreath = std::chrono::milliseconds(20);
  using Socket = std::shared_ptr<tcp::socket>;

  asio::awaitable<void> accept() {
    const auto stopped = stopped_;
    while (!*stopped) {
      auto [ec, socket] = co_await acceptor_.async_accept(kToken);
      if (ec || *stopped) co_return;
      const auto kiosk = std::make_shared<tcp::socket>(std::move(socket));
      const auto platform = std::make_shared<tcp::socket>(io_);
      const auto [failed] =
          co_await platform->async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), to_), kToken);
      if (failed || *stopped) co_return;
      open_.insert(open_.end(), {kiosk, platform});
      const auto part = rate_ * static_cast<std::size_t>(kBreath.count()) / 1000;
      asio::co_spawn(io_, carry(kiosk, platform, part, true), asio::detached);
      asio::co_spawn(io_, carry(platform, kiosk, 16384, false), asio::detached);
    }
  }
  static asio::awaitable<void> carry(Socket from, Socket to, std::size_t part, bool slowly) {
    std::vector<char> room(part);
    asio::steady_timer breath(from->get_executor());
    while (true) {
      const auto [ec, got] = co_await from->async_read_some(asio::buffer(room), kToken);
      if (ec) break;
      const auto [failed, sent] = co_await asio::async_write(*to, asio::buffer(room, got), kToken);
      if (failed) break;
      if (!slowly) continue;
      breath.expires_after(kBreath * static_cast<long>(got) / static_cast<long>(part));
      co_await breath.async_wait(kToken);
    }
    boost::system::error_code ignored;
    from->close(ignored);
    to->close(ignored);
  }

  asio::io_context& io_;
  std::uint16_t to_;
  std::size_t rate_;
  tcp::acceptor acceptor_;
  std::vector<std::weak_ptr<tcp::socket>> open_;
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);
};

}  // namespace kw::agent::testing
