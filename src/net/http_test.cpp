#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "net/http_server.h"
#include "net/testing/http_client.h"
#include "net/url.h"

namespace kw::net {
namespace {

using testing::Connection;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::request;

class CountingRandom final : public Random {
 public:
  void fill(MutableByteView out) override {
    for (auto& octet : out) octet = static_cast<Byte>(++next_);
  }

 private:
  std::atomic<unsigned> next_ = 0;
};
class FixedClock final : public Clock {
 public:
  Timestamp now() const override { return Timestamp::from_seconds(1'700'000'000); }
  Duration steady() const override { return {}; }
};
class LineLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<Field> fields) override {
    const std::lock_guard lock(mutex_);
    std::string line(event);
    for (const auto& [key, value] : fields) line += " " + std::string(key) + "=" + std::string(value);
    lines_.push_back(line);
    changed_.notify_all();
  }
  bool wait_for(const std::string& part) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return count(part) > 0; });
  }
  std::size_t count(const std::string& part) const {
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const auto& line) { return line.find(part) != std::string::npos; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("kw-http-" + std::to_string(::getpid()));
    std::filesystem::create_directories(root_ / "www" / "assets");
    write("www/index.html", "<html>console</html>");
    write("www/assets/app-1a2b3c.js", "run()");
    write("www/.hidden", "no");
    write("secret.txt", "secret");
    std::filesystem::create_symlink(root_ / "secret.txt", root_ / "www" / "link.txt");
    options_.static_dir = root_ / "www";
    options_.max_body = 4096;
    options_.read_deadline = std::chrono::milliseconds(300);
    router_.add("GET", "/api/items/{id}",
                [](const Request& r) { return json_response(200, "\"" + r.params.at("id") + "\""); });
    router_.add("POST", "/api/echo", [](const Request& r) { return json_response(200, r.body); });
    router_.add("GET", "/api/throw", [](const Request&) -> Response { throw std::runtime_error("defect"); });
    router_.add("GET", "/api/peer", [](const Request& r) {
      return json_response(200, r.peer + "|" + r.query.at("a") + "|" + r.cookie("k").value_or("-"));
    });
    router_.websocket("/api/live", [this](const Request& r) -> tl::expected<WebSocketHandler, Response> {
      if (r.cookie("k") != "1") return tl::unexpected<Response>(error_response(401, "unauthenticated", "", r.trace));
      return WebSocketHandler{[this](std::shared_ptr<WebSocketSession> s) { opened(std::move(s)); },
                              [this](std::string_view text) { heard(text); }, [this] { closed(); }};
    });
  }
  void TearDown() override {
    if (server_) server_->stop();
    guard_.reset();
    if (thread_.joinable()) thread_.join();
    std::filesystem::remove_all(root_);
  }
  std::uint16_t start() {
    auto server = HttpServer::start(io_.get_executor(), options_, router_, {log_, clock_, random_});
    EXPECT_TRUE(server.has_value());
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
    return server_->port();
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(root_ / name) << text; }
  void opened(std::shared_ptr<WebSocketSession> s) {
    const std::lock_guard lock(mutex_);
    session_ = std::move(s);
    changed_.notify_all();
  }
  void heard(std::string_view text) {
    const std::lock_guard lock(mutex_);
    heard_ = text;
    changed_.notify_all();
  }
  void closed() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  template <class F>
  bool wait(F&& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), condition);
  }
  std::string upgrade(std::uint16_t port, const std::string& origin, const std::string& cookie = "k=1") {
    return "GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Version: 13\r\nOrigin: " +
           origin + "\r\nCookie: " + cookie + "\r\n\r\n";
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  std::filesystem::path root_;
  HttpOptions options_;
  Router router_;
  LineLog log_;
  FixedClock clock_;
  CountingRandom random_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<WebSocketSession> session_;
  std::string heard_;
  bool closed_ = false;
};

TEST_F(HttpServerTest, RoutesAndDecodes) {
  const auto port = start();
  EXPECT_EQ(request(port, "GET", "/api/items/a%20b").body, "\"a b\"");
  EXPECT_EQ(request(port, "GET", "/api/peer?a=1%2B1", {}, {{"Cookie", "x=2; k=v"}}).body, "127.0.0.1|1+1|v");
  EXPECT_EQ(request(port, "POST", "/api/echo", "[1]").body, "[1]");
  const auto head = request(port, "HEAD", "/api/items/abc");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "5");
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  Connection connection(start());
  for (int i = 0; i < 3; ++i) {
    connection.send("GET /api/items/x HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(connection.receive().status, 200);
  }
}

TEST_F(HttpServerTest, UnknownPathAndMethodAreTyped) {
  const auto port = start();
  const auto missing = request(port, "GET", "/api/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, HasSubstr("\"code\":\"not_found\""));
  const auto method = request(port, "PUT", "/api/echo", "x");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "POST");
  EXPECT_EQ(request(port, "GET", "/api/live").status, 426);
}

TEST_F(HttpServerTest, SecurityHeadersOnEverything) {
  const auto port = start();
  for (const auto* path : {"/", "/api/items/x", "/api/nothing"}) {
    const auto reply = request(port, "GET", path);
    EXPECT_THAT(reply.headers.at("content-security-policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(reply.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(reply.headers.at("referrer-policy"), "no-referrer");
  }
  EXPECT_EQ(request(port, "GET", "/api/items/x").headers.at("cache-control"), "no-store");
}

TEST_F(HttpServerTest, MalformedRequestsGetOneErrorAndOneLine) {
  const auto port = start();
  const std::pair<std::string, int> cases[] = {
      {"NONSENSE\r\n\r\n", 400},
      {"GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a%2 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /x?a=1&a=2 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"POST /api/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'a') + "\r\n\r\n", 431},
  };
  std::size_t lines = 0;
  for (const auto& [text, status] : cases) {
    Connection connection(port);
    connection.send(text);
    const auto reply = connection.receive();
    EXPECT_EQ(reply.status, status) << text.substr(0, 40);
    EXPECT_THAT(reply.body, HasSubstr("\"trace\":\""));
    EXPECT_EQ(log_.count("http.refused"), ++lines) << text.substr(0, 40);
  }
}

TEST_F(HttpServerTest, OversizedBodyIsRefusedWhileItComes) {
  Connection connection(start());
  connection.send("POST /api/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) connection.send("800\r\n" + std::string(0x800, 'x') + "\r\n");
  EXPECT_EQ(connection.receive().status, 413);
}

TEST_F(HttpServerTest, SlowRequestIsDropped) {
  Connection connection(start());
  connection.send("GET / HTT");
  EXPECT_FALSE(connection.more());
  EXPECT_TRUE(log_.wait_for("code=timeout"));
}

TEST_F(HttpServerTest, ADefectOfAHandlerIsA500WithoutItsWords) {
  const auto reply = request(start(), "GET", "/api/throw");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, Not(HasSubstr("defect")));
  EXPECT_TRUE(log_.wait_for("error=defect"));
}

TEST_F(HttpServerTest, StaticFiles) {
  const auto port = start();
  const auto index = request(port, "GET", "/");
  EXPECT_EQ(index.body, "<html>console</html>");
  EXPECT_EQ(index.headers.at("cache-control"), "no-cache");
  EXPECT_EQ(request(port, "GET", "/devices/123").body, "<html>console</html>") << "the console's own routes";
  const auto asset = request(port, "GET", "/assets/app-1a2b3c.js");
  EXPECT_EQ(asset.body, "run()");
  EXPECT_THAT(asset.headers.at("cache-control"), HasSubstr("immutable"));
  EXPECT_THAT(asset.headers.at("content-type"), HasSubstr("text/javascript"));
  EXPECT_EQ(request(port, "GET", "/assets/gone.js").status, 404);
  EXPECT_EQ(request(port, "POST", "/", "x").status, 404);
}

TEST_F(HttpServerTest, NothingOutsideTheDirectory) {
  const auto port = start();
  for (const auto* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt",
                           "/link.txt", "/.hidden", "/%2ehidden", "//etc/passwd", "/..\\secret.txt", "/a%00.txt"}) {
    const auto reply = request(port, "GET", path);
    EXPECT_THAT(reply.status, ::testing::AnyOf(400, 404)) << path;
    EXPECT_THAT(reply.body, Not(HasSubstr("secret\n"))) << path;
  }
}

TEST_F(HttpServerTest, TooManyConnectionsAreClosed) {
  options_.max_connections = 1;
  const auto port = start();
  Connection first(port);
  first.send("GET /api/items/x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(first.receive().status, 200);
  Connection second(port);
  EXPECT_FALSE(second.more());
}

TEST_F(HttpServerTest, PortInUse) {
  options_.port = start();
  auto second = HttpServer::start(io_.get_executor(), options_, router_, {log_, clock_, random_});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.code(), Errc::conflict);
}

TEST_F(HttpServerTest, WebSocketSendsAndHears) {
  const auto port = start();
  Connection connection(port);
  connection.send(upgrade(port, "http://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(connection.receive().status, 101);
  ASSERT_TRUE(wait([this] { return session_ != nullptr; }));
  EXPECT_TRUE(session_->send(std::make_shared<const std::string>("hello")));
  EXPECT_EQ(connection.take(7), std::string("\x81\x05hello"));
  connection.send(std::string("\x81\x82\x01\x02\x03\x04", 6) + std::string("\x69\x6b", 2));  // "hi" under its mask
  EXPECT_TRUE(wait([this] { return heard_ == "hi"; }));
  ::shutdown(connection.fd(), SHUT_RDWR);
  EXPECT_TRUE(wait([this] { return closed_; }));
  EXPECT_FALSE(session_->send(std::make_shared<const std::string>("late")));
}

TEST_F(HttpServerTest, WebSocketNeedsItsOwnOriginAndAYesOfTheGate) {
  const auto port = start();
  for (const auto* origin : {"http://evil.example", "null", "http://127.0.0.1"}) {
    Connection connection(port);
    connection.send(upgrade(port, origin));
    EXPECT_EQ(connection.receive().status, 403) << origin;
  }
  Connection stranger(port);
  stranger.send(upgrade(port, "http://127.0.0.1:" + std::to_string(port), "k=2"));
  EXPECT_EQ(stranger.receive().status, 401);
}

TEST_F(HttpServerTest, WebSocketTakesTheOriginsThatAreNamedAndProgramsWithoutOne) {
  options_.websocket_origins = {"https://portal.example"};
  const auto port = start();
  const auto status = [&](const std::string& origin) {
    Connection connection(port);
    auto text = upgrade(port, origin);
    if (origin.empty())
      text.erase(text.find("Origin:"), text.find("\r\n", text.find("Origin:")) + 2 - text.find("Origin:"));
    connection.send(text);
    return connection.receive().status;
  };
  for (const auto* good : {"https://portal.example", ""}) EXPECT_EQ(status(good), 101) << good;
  EXPECT_EQ(status("http://127.0.0.1:" + std::to_string(port)), 101);
  for (const auto* bad :
       {"http://portal.example", "https://portal.example.evil", "https://portal.example:8443", "null"})
    EXPECT_EQ(status(bad), 403) << bad;
}

TEST_F(HttpServerTest, SlowConsumerIsDropped) {
  options_.websocket_queue = 4;
  const auto port = start();
  Connection connection(port);
  connection.send(upgrade(port, "http://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(connection.receive().status, 101);
  ASSERT_TRUE(wait([this] { return session_ != nullptr; }));
  const auto text = std::make_shared<const std::string>(1 << 20, 'x');
  bool open = true;
  for (int i = 0; i < 1000 && open; ++i) open = session_->send(text);
  EXPECT_FALSE(open);
  EXPECT_TRUE(log_.wait_for("http.websocket.slow_consumer"));
  EXPECT_TRUE(wait([this] { return closed_; }));
}

TEST_F(HttpServerTest, ASlowViewerMissesFramesAndStays) {
  const auto port = start();
  Connection connection(port);
  connection.send(upgrade(port, "http://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(connection.receive().status, 101);
  ASSERT_TRUE(wait([this] { return session_ != nullptr; }));
  const auto frame = std::make_shared<const std::string>(1 << 20, 'x');
  bool skipped = false;
  for (int i = 0; i < 1'000'000 && !skipped; ++i) skipped = !session_->offer(frame);
  EXPECT_TRUE(skipped);
  EXPECT_EQ(connection.take(1)[0] & 0x0f, 2) << "a binary message";
  // Reading makes room again: frames go on.
  for (std::size_t i = 0; i < frame->size(); i += 4096) connection.take(4096);
  EXPECT_TRUE(wait([&] { return session_->offer(frame); }));
  EXPECT_EQ(log_.count("slow_consumer"), 0U);
}

/// A body of `pieces`, which says that it has `size` octets.
class Pieces final : public BodySource {
 public:
  Pieces(std::vector<std::string> pieces, std::uint64_t size) : pieces_(std::move(pieces)), size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::optional<Bytes>> next() override {
    if (at_ == pieces_.size()) return std::optional<Bytes>();
    if (pieces_[at_] == "BROKEN") return fail(Errc::decrypt_failed);
    return std::optional<Bytes>(copy(bytes_of(pieces_[at_++])));
  }

 private:
  std::vector<std::string> pieces_;
  std::uint64_t size_;
  std::size_t at_ = 0;
};

TEST_F(HttpServerTest, ABodyInPiecesIsWholeOrEndsTheConnection) {
  const auto give = [this](const std::string& path, std::vector<std::string> pieces, std::uint64_t size) {
    router_.add("GET", path, [pieces, size](const Request&) {
      Response out;
      out.content_type = "image/jpeg";
      out.source = std::make_shared<Pieces>(pieces, size);
      return out;
    });
  };
  give("/api/whole", {std::string(100'000, 'a'), "b", ""}, 100'001);
  give("/api/short", {"abc"}, 10);
  give("/api/long", {"abc", "def"}, 4);
  give("/api/broken", {"abc", "BROKEN"}, 6);
  const auto port = start();
  Connection connection(port);
  for (int i = 0; i < 2; ++i) {
    connection.send("GET /api/whole HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto reply = connection.receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("content-type"), "image/jpeg");
    EXPECT_EQ(reply.headers.at("cache-control"), "no-store");
    EXPECT_EQ(reply.body, std::string(100'000, 'a') + "b") << "and the connection stays";
  }
  for (const auto* path : {"/api/short", "/api/long", "/api/broken"}) {
    const auto reply = request(port, "GET", path);
    EXPECT_EQ(reply.body, "abc") << path << ": what came is less than was promised";
  }
  EXPECT_TRUE(log_.wait_for("http.body error=decrypt_failed"));
}

TEST(ParseTarget, Refusals) {
  for (const auto* bad : {"", "x", "/./a", "/a/..", "/%2e%2e/a", "/a//b", "/a%zz", "/a%0a", "/%00", "/a?b=%1"}) {
    EXPECT_FALSE(parse_target(bad).has_value()) << bad;
  }
  const auto good = parse_target("/a/b?c=%E4%BD%A0&d=&e");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->query.at("c"), "你");
  EXPECT_EQ(good->query.at("e"), "");
}

TEST(ParseTarget, TakesWhatPercentEncodeMakes) {
  EXPECT_EQ(percent_encode("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(percent_encode("a b/c"), "a%20b%2Fc");
  const std::string odd = "你 好&=?#%+/\\:@\"";
  const auto target = parse_target("/x?" + percent_encode(odd) + "=" + percent_encode(odd));
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->query.at(odd), odd);
}

}  // namespace
}  // namespace kw::net
