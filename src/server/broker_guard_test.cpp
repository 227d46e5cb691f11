// The broker asks a back end over TLCP: with the platform's own two pairs, and nobody but the name that is expected.
#include "net/listener.h"
#include "server/secret_file.h"
#include "server/testing/business.h"
#include "tests/support/tlcp/peers.h"

namespace kw::server {
namespace {

namespace asio = boost::asio;
namespace peers = kw::tlcp::testing;
using testing::Kiosk;
using testing::LinkBed;
using testing::take;
using namespace std::chrono_literals;

/// TlcpBackEnd answers one request a connection, over TLCP, to whom shows a certificate.
class TlcpBackEnd {
 public:
  TlcpBackEnd() {
    EXPECT_TRUE(listener_.open("127.0.0.1", 0));
    asio::co_spawn(context_, listener_.run([this](asio::ip::tcp::socket socket) { return serve(std::move(socket)); }),
                   asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  TlcpBackEnd(const TlcpBackEnd&) = delete;
  TlcpBackEnd& operator=(const TlcpBackEnd&) = delete;
  ~TlcpBackEnd() {
    context_.stop();
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  std::string heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
    net::TlcpStream stream(std::move(socket), std::make_unique<tlcp::Server>(config_, random_, clock_));
    if (const auto done = co_await stream.handshake(net::in(10s)); !done) co_return;
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      const auto octets = co_await stream.read_some(net::in(10s));
      if (!octets) co_return;
      text += text_of(*octets);
    }
    {
      const std::lock_guard lock(mutex_);
      heard_ = text;
    }
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nsafe";
    if (co_await stream.write(bytes_of(kAnswer), net::in(10s))) co_await stream.shutdown(net::in(10s));
  }

  peers::StandingClock clock_;
  peers::CountingRandom random_{2};
  std::shared_ptr<const tlcp::ServerConfig> config_ =
      std::make_shared<tlcp::ServerConfig>(peers::server_config(tlcp::ClientAuth::required));
  asio::io_context context_{1};
  NullLog log_;
  net::Listener listener_{context_, log_, 16};
  std::mutex mutex_;
  std::string heard_;
  std::thread thread_;
};

struct BrokerGuard : ::testing::Test {
  TlcpBackEnd back_end;
  testing::TemporaryDirectory files;
  std::string name = "localhost", own = "client";

  std::string secret(const std::string& file) {
    const auto path = files.path() / file;
    if (!std::filesystem::exists(path)) testing::good(write_private(path, bytes_of(peers::read_vector("pki/" + file))));
    return path.string();
  }
  Connectors connectors() {
    auto text = "name = \"residence\"\nbase = \"tlcp://127.0.0.1:" + std::to_string(back_end.port()) +
                "\"\n[trust]\nca = \"" + peers::vector_path("pki/ca_chain.crt") + "\"\nserver_name = \"" + name +
                "\"\n";
    if (!own.empty())
      for (const auto& [key, part] : {std::pair("", "_sign"), std::pair("encryption_", "_enc")})
        text += key + std::string("certificate = \"") + peers::vector_path("pki/" + own + part + ".crt") + "\"\n" +
                key + "key = \"" + secret(own + part + ".key") + "\"\n";
    text += "[[matter]]\ncode = \"permit\"\n[[operation]]\nmethod = \"GET\"\npath = \"/rates\"\n";
    return Connectors({take(trail::parse_connector(text))});
  }
  ServiceReply ask() {
    LinkBed bed{LinkOptions(5), connectors()};
    const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
    const auto session = testing::session_begin("permit");
    EXPECT_EQ(take(bed.business->begin(kiosk.id, session)).outcome, "begun");
    bed.platform.clock.advance(std::chrono::hours(24 * 200));  // the test PKI's certificates begin later
    return testing::ask_broker(bed, kiosk.id, bytes_of(session.session_id()), "/rates", 20s);
  }
};

TEST_F(BrokerGuard, ABackEndIsAskedOverTlcpWithThePlatformsOwnCertificates) {
  const auto reply = ask();
  EXPECT_EQ(reply.outcome, "answered");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body, "safe");
  EXPECT_EQ(back_end.heard().find("GET /rates HTTP/1.1\r\n"), 0U);
  EXPECT_NE(back_end.heard().find("traceparent: 00-"), std::string::npos);
}

TEST_F(BrokerGuard, AnotherNameOrNoCertificateIsRefusedBeforeAnythingIsSaid) {
  name = "elsewhere.example";
  EXPECT_EQ(ask().outcome, "backend_untrusted");
  name = "localhost";
  own = "";
  EXPECT_NE(ask().outcome, "answered");
  EXPECT_EQ(back_end.heard(), "");
}

TEST_F(BrokerGuard, FilesThatAreGoneAreNamedAsUnreachable) {
  auto where = connectors();
  std::filesystem::remove(files.path() / "client_sign.key");
  std::filesystem::create_directory(files.path() / "client_sign.key");  // not made anew by the next call
  EXPECT_EQ(ask().outcome, "backend_unreachable");
}

}  // namespace
}  // namespace kw::server
