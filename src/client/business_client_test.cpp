// The client against a WebSocket server that answers by a script: what is said, and what each answer becomes.
#include "client/business_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "net/http_server.h"

namespace kw::client {
namespace {

namespace json = boost::json;

class ZeroRandom final : public Random {
 public:
  void fill(MutableByteView out) override { std::fill(out.begin(), out.end(), Byte{0}); }
};
class NoClock final : public Clock {
 public:
  Timestamp now() const override { return {}; }
  Duration steady() const override { return {}; }
};

struct BusinessClientTest : ::testing::Test {
  NullLog log;
  NoClock clock;
  ZeroRandom random;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
  std::unique_ptr<net::HttpServer> server;
  std::thread thread;
  std::vector<std::string> heard;        // read after the client is gone
  std::vector<std::string> before_each;  // said before the next answer

  BusinessClientTest() {
    net::Router router;
    router.websocket("/session", [this](const net::Request&) -> tl::expected<net::WebSocketHandler, net::Response> {
      auto socket = std::make_shared<std::shared_ptr<net::WebSocketSession>>();
      net::WebSocketHandler out;
      out.on_open = [socket](std::shared_ptr<net::WebSocketSession> opened) { *socket = std::move(opened); };
      out.on_text = [this, socket](std::string_view text) {
        const auto message = json::parse(text).as_object();
        heard.emplace_back(text);
        const auto say = [&](json::object reply) {
          if (message.contains("id")) reply["id"] = message.at("id");
          (*socket)->send(std::make_shared<const std::string>(json::serialize(reply)));
        };
        for (const auto& first : before_each) (*socket)->send(std::make_shared<const std::string>(first));
        before_each.clear();
        const auto type = std::string(message.at("type").as_string());
        if (type == "hello")
          return message.at("token") == "good" ? say({{"type", "ready"}, {"version", 1}})
                                               : say({{"type", "error"}, {"code", "forbidden"}});
        if (type == "challenge") return say({{"type", "challenge"}, {"nonce", "n"}});
        if (type == "begin" && message.contains("identity_token") && message.at("identity_token") != "good")
          return say({{"type", "error"}, {"code", "identity_refused"}});
        if (type == "begin") return say({{"type", "begun"}, {"handle", "h"}, {"session", "s"}, {"traceparent", "t"}});
        if (type == "get" || type == "reveal")
          return say({{"type", "value"}, {"field", "phone"}, {"text", type}, {"whole", type == "reveal"}});
        const json::object stored{
            {"case", "c1"},    {"version", 3},
            {"number", "A-1"}, {"status", "filed"},
            {"name", "张**"},  {"values", {json::object{{"field", "phone"}, {"text", "138****00"}, {"whole", false}}}}};
        if (type == "submit" || type == "case" || type == "reveal_case") {
          auto reply = stored;
          reply["type"] = "case";
          return say(std::move(reply));
        }
        if (type == "put_file") {
          const auto size = message.at("size").as_int64();
          const auto through = std::min<std::int64_t>(size, message.at("offset").as_int64() + (192 << 10));
          if (message.at("field") != "photo") return say({{"type", "error"}, {"code", "field_forbidden"}});
          return say({{"type", "file"}, {"taken", through}, {"stored", through == size}});
        }
        if (type == "find") return say({{"type", "cases"}, {"cases", {stored, json::object{{"case", "c2"}}}}});
        if (type != "request") return say({{"type", "done"}});
        const auto path = std::string(message.at("path").as_string());
        if (path == "/octets")
          return say({{"type", "answer"}, {"status", 200}, {"content_type", "a/b"}, {"body_base64", "//4="}});
        if (path == "/cut") return say({{"type", "error"}, {"code", "cut_off"}});
        if (path == "/slow") return say({{"type", "error"}, {"code", "timeout"}});
        if (path == "/over") return say({{"type", "error"}, {"code", "no_session"}});
        say({{"type", "answer"}, {"status", 404}, {"content_type", "text/plain"}, {"body", "none"}});
      };
      return out;
    });
    net::HttpOptions options;
    options.websocket_max_message = 512U << 10;  // as the agent has it: a part of a file
    server = std::move(*net::HttpServer::start(io.get_executor(), options, std::move(router), {log, clock, random}));
    thread = std::thread([this] { io.run(); });
  }
  ~BusinessClientTest() override {
    server->stop();
    guard.reset();
    io.stop();
    thread.join();
  }
  Result<std::unique_ptr<BusinessClient>> connect(const std::string& token, const std::string& file = {}) {
    return BusinessClient::connect({"127.0.0.1", server->port(), token, file});
  }
};

TEST_F(BusinessClientTest, ASessionIsSaidAsTheAgentReadsIt) {
  auto client = connect("good");
  ASSERT_TRUE(client) << client.error().text();
  const auto session = (*client)->begin("permit");
  ASSERT_TRUE(session) << session.error().text();
  EXPECT_EQ(session->id + session->trace_parent, "st");
  EXPECT_TRUE((*client)->step("form"));
  const auto answer = (*client)->request(
      {.service = "residence", .method = "POST", .path = "/none", .body = std::string("\xff\x00", 2)});
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "none");
  EXPECT_EQ((*client)->request({.service = "residence", .method = "GET", .path = "/octets"})->body, "\xff\xfe");
  EXPECT_TRUE((*client)->end());
  client->reset();
  ASSERT_EQ(heard.size(), 6U);
  EXPECT_EQ(heard[2], R"({"type":"step","handle":"h","step":"form","result":"ok","id":2})");
  EXPECT_NE(heard[3].find(R"("body_base64":"/wA=")"), std::string::npos) << heard[3];
}

TEST_F(BusinessClientTest, ValuesAndCasesAreSaidAsTheAgentReadsThem) {
  auto client = connect("good");
  ASSERT_TRUE(client) << client.error().text();
  auto& kiosk = **client;
  ASSERT_TRUE(kiosk.begin("permit"));
  const VaultReason reason{"C-1"};
  EXPECT_TRUE(kiosk.put("phone", "13800138000"));
  EXPECT_EQ(kiosk.get("phone")->text, "get");
  EXPECT_FALSE(kiosk.get("phone")->whole);
  EXPECT_EQ(kiosk.reveal("phone", "entry", "entry_screen").value(), "reveal");
  EXPECT_TRUE(kiosk.drop("phone"));
  const auto filed = kiosk.submit({.reason = reason, .number = "A-1", .status = "filed"});
  ASSERT_TRUE(filed) << filed.error().text();
  EXPECT_EQ(filed->id, "c1");
  EXPECT_EQ(filed->version, 3);
  EXPECT_TRUE(kiosk.submit(
      {.reason = reason, .number = "A-1", .status = "filed", .fields = {"phone"}, .id = "c1", .version = 3}));
  EXPECT_EQ(kiosk.stored("c1", reason)->values.at("phone").text, "138****00");
  const auto found = kiosk.find("id_number", "1", reason);
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at(0).name + found->at(1).id, "张**c2");
  EXPECT_EQ(kiosk.reveal_case("c1", {"phone"}, "printer", {"C-1", "certificate"})->number, "A-1");
  EXPECT_TRUE(kiosk.remove_case("c1", 3, reason));
  client->reset();
  const auto said = [&](std::size_t i) { return json::parse(heard.at(i)).as_object(); };
  EXPECT_EQ(heard[2], R"({"field":"phone","value":"13800138000","type":"put","handle":"h","id":2})");
  EXPECT_EQ(said(5).at("place"), "entry_screen");
  EXPECT_EQ(said(7).at("for_another"), false);
  EXPECT_FALSE(said(7).contains("fields") || said(7).contains("case"));
  EXPECT_EQ(said(8).at("fields").as_array().size(), 1U);
  EXPECT_EQ(said(8).at("version"), 3);
  EXPECT_EQ(said(9).at("consent"), "C-1");
  EXPECT_EQ(said(11).at("purpose"), "certificate");
  EXPECT_EQ(said(12).at("type"), "remove_case");
}

TEST_F(BusinessClientTest, AFileGoesInParts) {
  auto client = connect("good");
  ASSERT_TRUE(client) << client.error().text();
  auto& kiosk = **client;
  ASSERT_TRUE(kiosk.begin("residence-permit"));
  Bytes file(3 * (192UL << 10) - 7);
  for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<Byte>(i % 251);
  std::vector<std::uint64_t> progress;
  const auto stored = kiosk.put_file("c1", "photo", file, {"C-1"}, [&](std::uint64_t n) { progress.push_back(n); });
  ASSERT_TRUE(stored) << stored.error().text();
  EXPECT_EQ(progress, (std::vector<std::uint64_t>{192 << 10, 384 << 10, file.size()}));
  EXPECT_EQ(kiosk.put_file("c1", "phone", file, {"C-1"}, {}).error().detail(), "field_forbidden");
  EXPECT_EQ(kiosk.put_file("c1", "photo", {}, {"C-1"}, {}).code(), Errc::invalid);
  client->reset();
  Bytes sent;
  for (std::size_t i = 2; i < 5; ++i) {
    const auto message = json::parse(heard.at(i)).as_object();
    EXPECT_EQ(message.at("offset").as_int64(), static_cast<std::int64_t>(sent.size()));
    EXPECT_EQ(message.at("size").as_int64(), static_cast<std::int64_t>(file.size()));
    append(sent, *from_base64(std::string(message.at("data_base64").as_string())));
  }
  EXPECT_EQ(sent, file);
}

TEST_F(BusinessClientTest, ATokenIsAskedForWithANonceAndShownAtTheBeginning) {
  auto client = connect("good");
  ASSERT_TRUE(client) << client.error().text();
  EXPECT_EQ((*client)->challenge().value(), "n");
  const auto refused = (*client)->begin("permit", "bad");
  EXPECT_EQ(refused.code(), Errc::forbidden);
  EXPECT_EQ(refused.error().detail(), "identity_refused");
  EXPECT_TRUE((*client)->begin("permit", "good"));
}

TEST_F(BusinessClientTest, RefusalsAreTyped) {
  EXPECT_EQ(connect("bad").code(), Errc::forbidden);
  EXPECT_EQ(connect("", "/nowhere").code(), Errc::not_found);
  auto client = connect("good");
  ASSERT_TRUE(client);
  ASSERT_TRUE((*client)->begin("permit"));
  const auto ask = [&](const std::string& path) {
    return (*client)->request({.service = "s", .method = "GET", .path = path});
  };
  EXPECT_EQ(ask("/cut").error().detail(), "cut_off");
  EXPECT_EQ(ask("/slow").code(), Errc::timeout);
  EXPECT_EQ(ask("/over").code(), Errc::forbidden);
  before_each = {R"({"type":"ended","reason":"idle"})", R"({"type":"answer","id":99,"status":200})"};
  const auto over = ask("/over");
  EXPECT_EQ(over.code(), Errc::closed);
  EXPECT_EQ(over.error().detail(), "idle");
}

TEST_F(BusinessClientTest, TheTokenIsReadFromItsFile) {
  const auto path = std::filesystem::temp_directory_path() / ("kw-token-" + std::to_string(::getpid()));
  std::ofstream(path) << "good";
  EXPECT_TRUE(connect("", path.string()));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace kw::client
