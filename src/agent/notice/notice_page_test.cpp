#include "agent/notice/notice_page.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "agent/notice/assets.h"
#include "crypto/random.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;

struct NoticeTest : ::testing::Test {
  boost::asio::io_context io{1};
  NullLog log;
  platform::SystemClock clock;
  crypto::SystemRandom random;
  std::vector<std::string> told;
  std::unique_ptr<NoticePage> page;

  void start(std::chrono::milliseconds patience = 60s) {
    NoticeOptions options{"127.0.0.1", 0, "0755-1", patience};
    auto started = NoticePage::start(
        io.get_executor(), options, {log, clock, random},
        {[&](const std::string& id, std::string_view display) { told.push_back(id + " " + std::string(display)); },
         [&] { told.push_back("session ended"); }});
    ASSERT_TRUE(started) << started.error().text();
    page = std::move(*started);
  }
  /// ask sends one request from a thread of its own while the page's executor runs here.
  std::string ask(const std::string& head, const std::string& body = {}, const std::string& host = "127.0.0.1") {
    std::string answer;
    std::atomic<bool> done = false;
    std::thread client([&] {
      boost::asio::io_context own;
      boost::asio::ip::tcp::socket socket(own);
      socket.connect({boost::asio::ip::make_address("127.0.0.1"), page->port()});
      const auto text = head + " HTTP/1.1\r\nHost: " + host +
                        "\r\nConnection: close\r\nContent-Type: application/json\r\n" +
                        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      boost::asio::write(socket, boost::asio::buffer(text));
      boost::system::error_code ec;
      boost::asio::read(socket, boost::asio::dynamic_buffer(answer), ec);
      done = true;
    });
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!done && std::chrono::steady_clock::now() < end) io.run_for(5ms), io.restart();
    client.join();
    return answer;
  }
  static NoticeState cut(std::string id) {
    return {true, std::move(id), "net.mac.changed", Timestamp::from_seconds(0), false};
  }
};

TEST_F(NoticeTest, ShowsTheCutWithCauseCaseTimeAndPhone) {
  start();
  EXPECT_NE(ask("GET /state").find("{\"state\":\"normal\"}"), std::string::npos);
  page->show(cut("ab"));
  const auto state = ask("GET /state");
  for (const auto* part : {"\"state\":\"cut\"", "\"case\":\"ab\"", "net.mac.changed", "本机 MAC 地址被更改",
                           "This kiosk's MAC address was changed", "1970-01-01", "0755-1"})
    EXPECT_NE(state.find(part), std::string::npos) << part;
}

TEST_F(NoticeTest, ServesItsFilesUnderAStrictPolicy) {
  start();
  const auto html = ask("GET /");
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(html.find("unsafe-inline"), std::string::npos);
  EXPECT_NE(html.find("已断网"), std::string::npos);
  EXPECT_NE(ask("GET /notice.js").find("/shown"), std::string::npos);
  EXPECT_NE(ask("GET /notice.css").find("overflow:hidden"), std::string::npos);
  for (const auto text : {kNoticeHtml, kNoticeCss, kNoticeJs}) {
    EXPECT_EQ(text.find("http://"), std::string_view::npos);
    EXPECT_EQ(text.find("https://"), std::string_view::npos);
  }
}

TEST_F(NoticeTest, ABrowserThatShowsItIsToldOnce) {
  start();
  page->show(cut("ab"));
  page->show(cut("ab"));
  EXPECT_NE(ask("POST /shown", R"({"case":"ab"})").find(" 200 "), std::string::npos);
  EXPECT_NE(ask("POST /shown", R"({"case":"ab"})").find(" 200 "), std::string::npos);
  EXPECT_EQ(told, std::vector<std::string>{"ab browser"});
}

TEST_F(NoticeTest, AWindowThatShowsItSaysSo) {
  start();
  page->show(cut("ab"));
  EXPECT_NE(ask("POST /shown", R"({"case":"ab","display":"window"})").find(" 200 "), std::string::npos);
  EXPECT_EQ(told, std::vector<std::string>{"ab window"});
}

TEST_F(NoticeTest, ACauseWithoutWordsOfItsOwnIsThePolicys) {
  NoticeState state = cut("ab");
  state.cause = "something.new";
  EXPECT_NE(NoticePage::state_json(state, "", false).find("安全策略要求断开网络"), std::string::npos);
}

TEST_F(NoticeTest, NobodyWhoShowsItIsToldToo) {
  start(10ms);
  page->show(cut("ab"));
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (told.empty() && std::chrono::steady_clock::now() < end) io.run_for(5ms), io.restart();
  EXPECT_EQ(told, std::vector<std::string>{"ab none"});
  EXPECT_NE(ask("GET /state").find("\"shown\":false"), std::string::npos);
  EXPECT_NE(ask("POST /shown", R"({"case":"ab"})").find(" 200 "), std::string::npos) << "a slow browser";
  EXPECT_EQ(told, (std::vector<std::string>{"ab none", "ab browser"}));
  EXPECT_NE(ask("GET /state").find("\"shown\":true"), std::string::npos);
}

TEST_F(NoticeTest, RefusesWrongAnswersAndOtherHosts) {
  start();
  EXPECT_NE(ask("POST /shown", R"({"case":"ab"})").find(" 409 "), std::string::npos) << "nothing is shown";
  page->show(cut("ab"));
  EXPECT_NE(ask("POST /shown", R"({"case":"cd"})").find(" 409 "), std::string::npos);
  for (const auto* body : {"", "{", "[]", R"({"case":1})", R"({"case":"ab","x":1})", R"({"case":"ab","display":"eye"})",
                           R"({"case":"ab","display":"window","x":1})"})
    EXPECT_NE(ask("POST /shown", body).find(" 400 "), std::string::npos) << body;
  EXPECT_NE(ask("POST /shown", R"({"case":"ab"})", "evil.example").find(" 403 "), std::string::npos);
  for (const auto* other : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8670", "127.0.0.10"})
    EXPECT_NE(ask("GET /state", "", other).find(" 403 "), std::string::npos) << other;
  EXPECT_TRUE(told.empty());
  page->show({});
  EXPECT_NE(ask("GET /state").find("normal"), std::string::npos);
}

TEST_F(NoticeTest, a_page_says_that_its_user_is_done) {
  start();
  EXPECT_NE(ask("POST /session/end").find(" 202 "), std::string::npos);
  EXPECT_NE(ask("POST /session/end").find(" 429 "), std::string::npos) << "not twice at once";
  EXPECT_NE(ask("POST /session/end", {}, "evil.example").find(" 403 "), std::string::npos);
  EXPECT_NE(ask("GET /session/end").find(" 405 "), std::string::npos);
  EXPECT_EQ(told, std::vector<std::string>{"session ended"});
}

}  // namespace
}  // namespace kw::agent
