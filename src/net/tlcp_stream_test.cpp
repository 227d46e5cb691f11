#include "net/tlcp_stream.h"

#include <boost/asio/write.hpp>

#include "net/stream_test_bed.h"

namespace kw::net::testing {
namespace {

asio::awaitable<void> echo(TlcpStream& stream) {
  while (true) {
    const auto octets = co_await stream.read_some(in(5s));
    if (!octets) break;
    const auto written = co_await stream.write(*octets, in(5s));
    EXPECT_TRUE(written);
  }
  EXPECT_TRUE(co_await stream.shutdown(in(2s)));
}

TEST(TlcpStream, carries_a_large_write_there_and_back) {
  StreamTestBed bed(echo);
  bed.run([&]() -> asio::awaitable<void> {
    auto connected = co_await bed.connect();
    EXPECT_TRUE(connected);
    if (!connected) co_return;
    auto& stream = **connected;
    EXPECT_EQ(stream.peer_address(), "127.0.0.1");
    EXPECT_EQ(stream.engine().peer()->signing.subject().common_name, "localhost");
    peers::CountingRandom random(4);
    const auto sent = random.bytes(1'000'000);
    // Reading and writing overlap: the echo would fill both sockets otherwise.
    Result<> written = fail(Errc::wrong_state);
    asio::co_spawn(
        stream.executor(),
        [&]() -> asio::awaitable<void> { written = co_await stream.write(sent, in(10s)); },
        [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
    Bytes got;
    while (got.size() < sent.size()) {
      const auto octets = co_await stream.read_some(in(5s));
      EXPECT_TRUE(octets);
      if (!octets) break;
      append(got, *octets);
    }
    EXPECT_TRUE(written);
    EXPECT_EQ(got, sent);
    EXPECT_TRUE(co_await stream.shutdown(in(2s)));
  });
  EXPECT_TRUE(bed.server_handshake);
}

TEST(TlcpStream, a_read_that_times_out_loses_nothing) {
  StreamTestBed bed(echo);
  bed.run([&]() -> asio::awaitable<void> {
    auto stream = co_await bed.connect();
    const auto nothing = co_await (*stream)->read_some(in(10ms));
    EXPECT_EQ(nothing.code(), Errc::timeout);
    EXPECT_TRUE(co_await (*stream)->write(bytes_of("still here"), in(5s)));
    const auto octets = co_await (*stream)->read_some(in(5s));
    EXPECT_TRUE(octets);
    if (octets) {
      EXPECT_EQ(text_of(*octets), "still here");
    }
    EXPECT_TRUE(co_await (*stream)->shutdown(in(2s)));
  });
}

TEST(TlcpStream, a_refused_client_sees_an_alert_and_the_server_a_reason) {
  StreamTestBed bed(echo);
  std::optional<tlcp::FailureReport> why;
  bed.run([&]() -> asio::awaitable<void> {
    auto config = peers::client_config(false);
    const auto stream = co_await bed.connect(config, &why);
    EXPECT_FALSE(stream);
  });
  EXPECT_EQ(why->peer_alert, tlcp::Alert::bad_certificate);
  EXPECT_EQ(bed.server_failure->failure, tlcp::Failure::certificate_missing);
  EXPECT_EQ(bed.server_handshake.code(), Errc::untrusted);
}

TEST(TlcpStream, a_client_that_says_nothing_times_out) {
  StreamTestBed bed(echo);
  bed.run([&]() -> asio::awaitable<void> {
    // Nobody accepts here: the backlog takes the connection and no octet ever comes.
    asio::ip::tcp::acceptor silent(bed.context, {asio::ip::make_address("127.0.0.1"), 0});
    Target target{"127.0.0.1", silent.local_endpoint().port(), "", ""};
    const auto config = std::make_shared<tlcp::ClientConfig>(peers::client_config());
    const auto stream = co_await connect_tlcp(target, config, bed.random, bed.clock, in(50ms));
    EXPECT_FALSE(stream);
    if (!stream) {
      EXPECT_EQ(stream.code(), Errc::timeout);
    }
  });
}

TEST(TlcpStream, a_peer_that_just_goes_is_truncated) {
  StreamTestBed bed([](TlcpStream& stream) -> asio::awaitable<void> {
    stream.abort();
    co_return;
  });
  bed.run([&]() -> asio::awaitable<void> {
    auto stream = co_await bed.connect();
    EXPECT_TRUE(stream);
    if (!stream) co_return;
    const auto octets = co_await (*stream)->read_some(in(5s));
    EXPECT_EQ(octets.code(), Errc::truncated);
  });
}

TEST(TlcpStream, something_that_is_not_tlcp_is_refused) {
  StreamTestBed bed(echo);
  bed.run([&]() -> asio::awaitable<void> {
    auto socket = co_await connect_tcp(bed.target(), in(5s));
    EXPECT_TRUE(socket);
    if (!socket) co_return;
    const std::string_view hello = "GET / HTTP/1.0\r\n\r\n";
    co_await asio::async_write(*socket, asio::buffer(hello), asio::use_awaitable);
    std::array<char, 64> answer{};
    const auto [ec, n] = co_await socket->async_read_some(asio::buffer(answer), kTuple);
    EXPECT_EQ(n, 7U);  // one alert record
  });
  EXPECT_EQ(bed.server_failure->failure, tlcp::Failure::malformed_record);
}

TEST(ConnectTcp, tells_what_went_wrong) {
  StreamTestBed bed(echo);
  bed.run([&]() -> asio::awaitable<void> {
    std::uint16_t free_port = 0;
    {
      asio::ip::tcp::acceptor closed(bed.context, {asio::ip::make_address("127.0.0.1"), 0});
      free_port = closed.local_endpoint().port();
    }
    EXPECT_EQ((co_await connect_tcp({"127.0.0.1", free_port, "", ""}, in(5s))).code(), Errc::unavailable);
    auto source = bed.target();
    source.bind_address = "not an address";
    EXPECT_EQ((co_await connect_tcp(source, in(5s))).code(), Errc::invalid);
    source.bind_address = "127.0.0.9";
    const auto socket = co_await connect_tcp(source, in(5s));
    EXPECT_TRUE(socket);
    if (socket) {
      EXPECT_EQ(socket->local_endpoint().address().to_string(), "127.0.0.9");
    }
    auto device = bed.target();
    device.bind_interface = "no-such-device";
    EXPECT_FALSE(co_await connect_tcp(device, in(5s)));
  });
}

TEST(Listener, refuses_what_it_cannot_open_and_what_is_too_many) {
  asio::io_context context(1);
  NullLog log;
  Listener first(context, log);
  ASSERT_TRUE(first.open("127.0.0.1", 0));
  Listener second(context, log);
  EXPECT_EQ(second.open("127.0.0.1", first.port()).code(), Errc::conflict);
  Listener third(context, log);
  EXPECT_EQ(third.open("nowhere", 0).code(), Errc::invalid);
}

}  // namespace
}  // namespace kw::net::testing
