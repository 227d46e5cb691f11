#include "net/listener.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "net/connection_count.h"
#include "net/stream_test_bed.h"

namespace kw::net::testing {
namespace {

namespace ip = asio::ip;

TEST(ConnectionCount, bounds_all_and_each_and_forgets_who_left) {
  const auto count = std::make_shared<ConnectionCount>(3, 2);
  const auto one = ip::make_address("192.0.2.1"), mapped = ip::make_address("::ffff:192.0.2.1");
  std::optional<ConnectionCount::Place> first(std::move(*count->take(one)));
  {
    const auto second = count->take(mapped);
    EXPECT_TRUE(second);
    EXPECT_EQ(count->take(one).code(), Errc::rate_limited) << "one address in two forms";
    const auto third = count->take(ip::make_address("2001:db8::1"));
    EXPECT_TRUE(third);
    EXPECT_EQ(count->take(ip::make_address("2001:db8::2")).code(), Errc::unavailable);
  }
  EXPECT_EQ(count->taken(), 1U);
  EXPECT_TRUE(count->take(one));
  first.reset();
  EXPECT_EQ(count->taken(), 0U);
}

class CountingLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<Field>) override { lines.emplace_back(event); }
  std::vector<std::string> lines;
};

struct Served {
  std::size_t connections = 0, at_most = 0;
};

/// Serves each connection until the peer goes.
asio::awaitable<void> until_gone(ip::tcp::socket socket, Served& served) {
  served.at_most = std::max(served.at_most, ++served.connections);
  std::array<char, 16> octets{};
  const auto [ec, n] = co_await socket.async_read_some(asio::buffer(octets), kTuple);
  EXPECT_TRUE(ec);
  --served.connections;
}

asio::awaitable<bool> is_closed(ip::tcp::socket& socket) {
  std::array<char, 16> octets{};
  Watch watch(socket.get_executor(), in(5s));
  const auto [ec, n] = co_await socket.async_read_some(asio::buffer(octets), watch.token());
  co_return ec == asio::error::eof || ec == asio::error::connection_reset;
}

TEST(Listener, closes_what_one_address_has_too_many_of_and_serves_the_others) {
  asio::io_context context(1);
  CountingLog log;
  Listener listener(context, log, 100, 2);
  ASSERT_TRUE(listener.open("127.0.0.1", 0));
  Served served;
  asio::co_spawn(context, listener.run([&](ip::tcp::socket s) { return until_gone(std::move(s), served); }),
                 asio::detached);
  bool done = false;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const Target crowd("127.0.0.1", listener.port(), "", "127.0.0.2");
        const Target other("127.0.0.1", listener.port(), "", "127.0.0.3");
        std::vector<ip::tcp::socket> held;
        for (int i = 0; i < 2; ++i) {
          auto socket = co_await connect_tcp(crowd, in(5s));
          held.push_back(std::move(*socket));
        }
        for (int i = 0; i < 5; ++i) {
          auto socket = co_await connect_tcp(crowd, in(5s));
          EXPECT_TRUE(co_await is_closed(*socket));
        }
        auto socket = co_await connect_tcp(other, in(5s));
        held.push_back(std::move(*socket));
        while (served.connections < 3) co_await asio::post(context, asio::use_awaitable);
        held.erase(held.begin());
        while (served.connections == 3) co_await asio::post(context, asio::use_awaitable);
        auto next = co_await connect_tcp(crowd, in(5s));
        while (served.connections < 3) co_await asio::post(context, asio::use_awaitable);
        listener.stop();
        done = true;
      },
      [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
  context.run_for(20s);
  EXPECT_TRUE(done);
  EXPECT_EQ(served.at_most, 3U);
  EXPECT_EQ(log.lines, std::vector<std::string>{"listener.refused"}) << "one line for five";
}

}  // namespace
}  // namespace kw::net::testing
