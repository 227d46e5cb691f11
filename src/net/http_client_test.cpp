// The HTTP and WebSocket clients against our own server, and against peers that answer wrongly on purpose.
#include "net/http_client.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "crypto/random.h"
#include "net/http_server.h"
#include "net/testing/scripted_peer.h"
#include "net/websocket_client.h"

namespace kw::net {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using namespace std::chrono_literals;
using testing::ScriptedPeer;

class NoClock final : public Clock {
 public:
  Timestamp now() const override { return {}; }
  Duration steady() const override { return {}; }
};

template <class T>
Result<T> run(asio::awaitable<Result<T>> work) {
  asio::io_context context(1);
  Result<T> out = fail(Errc::internal, "did not end");
  asio::co_spawn(context, std::move(work), [&out](const std::exception_ptr& thrown, Result<T> result) {
    if (thrown) std::rethrow_exception(thrown);
    out = std::move(result);
  });
  context.run();
  return out;
}
Result<Response> ask(std::uint16_t port, HttpCall call, Deadline deadline = in(10s)) {
  return run(http_exchange(Target("127.0.0.1", port), std::move(call), deadline));
}
Errc wrong(const std::string& answer) {
  const ScriptedPeer peer(answer);
  const auto out = ask(peer.port(), HttpCall("GET", "/"));
  EXPECT_FALSE(out.has_value()) << answer.substr(0, 60);
  return out ? Errc::internal : out.code();
}

class HttpClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Router router;
    router.add("GET", "/api/items/{id}", [](const Request& r) {
      return json_response(200,
                           "\"" + r.params.at("id") + "|" + r.query.at("q") + "|" + r.cookie("k").value_or("") + "\"");
    });
    router.add("POST", "/api/echo", [](const Request& r) {
      Response out = json_response(201, r.header("content-type").value_or("none") + "|" + r.body);
      out.headers.emplace_back("Set-Cookie", "k=v; Path=/");
      return out;
    });
    router.add("DELETE", "/api/items", [](const Request&) {
      Response out;
      out.status = 204;
      return out;
    });
    router.websocket("/api/live", [](const Request& r) -> tl::expected<WebSocketHandler, Response> {
      if (r.cookie("k") != "1") return tl::unexpected<Response>(error_response(401, "unauthenticated", "x", r.trace));
      WebSocketHandler out;
      out.on_open = [](std::shared_ptr<WebSocketSession> session) {
        for (const auto* text : {"one", "two"}) session->send(std::make_shared<const std::string>(text));
        session->send(std::make_shared<const std::string>(200'000, 'x'));
      };
      return out;
    });
    auto server = HttpServer::start(io_.get_executor(), {}, std::move(router), {log_, clock_, random_});
    ASSERT_TRUE(server.has_value());
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    server_->stop();
    guard_.reset();
    thread_.join();
  }
  [[nodiscard]] Target server() const { return {"127.0.0.1", server_->port()}; }

  NullLog log_;
  NoClock clock_;
  crypto::SystemRandom random_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

TEST_F(HttpClientTest, AsksAndUnderstands) {
  HttpCall get("GET", "/api/items/a%2Db?q=1%2B1");
  get.headers = {{"Cookie", "k=v"}};
  const auto item = ask(server_->port(), std::move(get));
  ASSERT_TRUE(item.has_value()) << item.error().text();
  EXPECT_EQ(item->status, 200);
  EXPECT_EQ(item->body, "\"a-b|1+1|v\"");
  EXPECT_EQ(item->content_type, "application/json");

  HttpCall post("POST", "/api/echo");
  post.body = "[1]";
  const auto echo = ask(server_->port(), std::move(post));
  ASSERT_TRUE(echo.has_value());
  EXPECT_EQ(echo->status, 201);
  EXPECT_EQ(echo->body, "application/json|[1]");
  EXPECT_THAT(echo->headers, Contains(Pair("set-cookie", "k=v; Path=/")));

  const auto gone = ask(server_->port(), HttpCall("DELETE", "/api/items"));
  ASSERT_TRUE(gone.has_value());
  EXPECT_EQ(gone->status, 204);
  EXPECT_EQ(gone->body, "");
  EXPECT_EQ(ask(server_->port(), HttpCall("GET", "/api/none"))->status, 404);
}

TEST_F(HttpClientTest, TheAnswersBodyIsBounded) {
  HttpCall post("POST", "/api/echo");
  post.body = std::string(2000, 'x');
  post.max_answer = 1000;
  EXPECT_EQ(ask(server_->port(), std::move(post)).code(), Errc::too_large);
}

TEST_F(HttpClientTest, WebSocketReadsTextUntilTheEnd) {
  const auto opened = run([](Target to, HttpServer& server) -> asio::awaitable<Result<std::string>> {
    HttpCall call("GET", "/api/live");
    call.headers = {{"Cookie", "k=1"}};
    KW_CO_TRY(auto opening, co_await WebSocketClient::open(std::move(to), std::move(call), in(10s)));
    if (!opening.socket) co_return fail(Errc::forbidden);
    KW_CO_TRY(const auto one, co_await opening.socket->read());
    KW_CO_TRY(const auto two, co_await opening.socket->read());
    KW_CO_TRY(const auto much, co_await opening.socket->read());
    server.stop();
    const auto end = co_await opening.socket->read();
    co_return one + two + std::to_string(much.size()) + std::string(end ? "open" : name(end.code()));
  }(server(), *server_));
  ASSERT_TRUE(opened.has_value()) << opened.error().text();
  EXPECT_EQ(*opened, "onetwo200000closed");
}

TEST_F(HttpClientTest, ARefusedWebSocketBringsTheServersAnswer) {
  const auto opening = run(WebSocketClient::open(server(), HttpCall("GET", "/api/live"), in(10s)));
  ASSERT_TRUE(opening.has_value()) << opening.error().text();
  EXPECT_EQ(opening->socket, nullptr);
  EXPECT_EQ(opening->answer.status, 401);
  EXPECT_THAT(opening->answer.body, HasSubstr("unauthenticated"));
}

TEST(HttpClient, WrongAnswersAreTyped) {
  EXPECT_EQ(wrong("NONSENSE\r\n\r\n"), Errc::malformed);
  EXPECT_EQ(wrong("HTTP/9.9 200 OK\r\n\r\n"), Errc::malformed);
  EXPECT_EQ(wrong("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), Errc::malformed);
  EXPECT_EQ(wrong("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), Errc::truncated);
  EXPECT_EQ(wrong("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), Errc::truncated);
  EXPECT_EQ(wrong("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"), Errc::too_large);
  EXPECT_EQ(wrong("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), Errc::too_large);
  EXPECT_EQ(wrong(""), Errc::truncated);
  const ScriptedPeer junk("NONSENSE\r\n\r\n");
  const auto opening = run(WebSocketClient::open(Target("127.0.0.1", junk.port()), HttpCall("GET", "/"), in(10s)));
  EXPECT_EQ(opening.code(), Errc::malformed);
}

TEST(HttpClient, AnotherWayOfAnsweringIsUnderstood) {
  const ScriptedPeer peer("HTTP/1.0 302 Found\r\nLOCATION: http://other/\r\n\r\nuntil the end");
  const auto answer = ask(peer.port(), HttpCall("GET", "/"));
  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_EQ(answer->status, 302) << "not followed";
  EXPECT_EQ(answer->body, "until the end");
  EXPECT_THAT(answer->headers, Contains(Pair("location", "http://other/")));
}

TEST(HttpClient, SilenceAndAbsence) {
  const ScriptedPeer silent("", ScriptedPeer::kStay);
  EXPECT_EQ(ask(silent.port(), HttpCall("GET", "/"), in(100ms)).code(), Errc::timeout);
  std::uint16_t free_port = 0;
  {
    const ScriptedPeer gone("");
    free_port = gone.port();
  }
  EXPECT_EQ(ask(free_port, HttpCall("GET", "/")).code(), Errc::unavailable);
}

TEST(HttpClient, Authority) {
  EXPECT_EQ(authority(Target("127.0.0.1", 80)), "127.0.0.1:80");
  EXPECT_EQ(authority(Target("::1", 8661)), "[::1]:8661");
}

}  // namespace
}  // namespace kw::net
