// The browser here is a shell script that adds a line to a file for each start and stays until it is ended.
#include "agent/notice/browser.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <fstream>

namespace kw::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct Lines final : Log {
  std::vector<std::string> events;
  void write(LogLevel, std::string_view event, std::initializer_list<Field>) override { events.emplace_back(event); }
};

struct BrowserTest : ::testing::Test {
  boost::asio::io_context io{1};
  Lines log;
  fs::path dir;
  std::unique_ptr<NoticeBrowser> browser;

  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "kw-browser-test-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir = name;
  }
  void TearDown() override {
    browser.reset();
    fs::remove_all(dir);
  }
  void open(const std::string& then = "exec sleep 600") {
    std::ofstream(dir / "browser") << "#!/bin/sh\necho $$ \"$SCREEN\" \"$@\" >>\"" << (dir / "starts").string()
                                   << "\"\n"
                                   << then << "\n";
    ASSERT_EQ(::chmod((dir / "browser").c_str(), 0755), 0);
    auto opened = NoticeBrowser::open(io.get_executor(), {(dir / "browser").string(), "", {"SCREEN=:3"}, 1ms}, log);
    ASSERT_TRUE(opened) << opened.error().text();
    browser = std::move(*opened);
  }
  [[nodiscard]] std::vector<std::string> starts() const {
    std::ifstream file(dir / "starts");
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
  }
  bool until(const std::function<bool()>& what) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!what() && std::chrono::steady_clock::now() < end) io.run_for(2ms), io.restart();
    return what();
  }
  /// Whether the context runs out of work: no timer, no process is waited for.
  bool nothing_pends() {
    io.restart();
    io.run_for(10s);
    return io.stopped();
  }
  static pid_t pid_of(const std::string& line) { return static_cast<pid_t>(std::stol(line)); }
  static bool gone(pid_t pid) { return ::kill(pid, 0) != 0; }
  static fs::path profile_of(const std::string& line) {
    const std::string flag = "--user-data-dir=";
    const auto at = line.find(flag) + flag.size();
    return line.substr(at, line.find(' ', at) - at);
  }
};

TEST_F(BrowserTest, ShowsTheNoticeOnceAndIsPutAway) {
  open();
  browser->show("http://127.0.0.1:1/");
  browser->show("http://127.0.0.1:1/");
  ASSERT_TRUE(until([&] { return starts().size() == 1; }));
  const auto line = starts().front();
  for (const auto* word :
       {" :3 ", " --kiosk ", " --app=http://127.0.0.1:1/ ", " --host-resolver-rules=MAP * ~NOTFOUND"})
    EXPECT_NE(line.find(word), std::string::npos) << word << " in " << line;
  EXPECT_TRUE(fs::exists(profile_of(line).parent_path()));
  browser->put_away();
  EXPECT_TRUE(until([&] { return gone(pid_of(line)); }));
  EXPECT_TRUE(until([&] { return !fs::exists(profile_of(line).parent_path()); }));
  EXPECT_TRUE(nothing_pends());
  EXPECT_EQ(starts().size(), 1U);
  EXPECT_TRUE(log.events.empty());
}

TEST_F(BrowserTest, OneThatDiesIsReplacedWithAFreshProfile) {
  open();
  browser->show("http://127.0.0.1:1/");
  ASSERT_TRUE(until([&] { return starts().size() == 1; }));
  ::kill(pid_of(starts()[0]), SIGKILL);
  ASSERT_TRUE(until([&] { return starts().size() == 2; }));
  EXPECT_EQ(log.events, std::vector<std::string>{"notice.browser_ended"});
  EXPECT_NE(profile_of(starts()[0]), profile_of(starts()[1]));
  EXPECT_FALSE(fs::exists(profile_of(starts()[0]).parent_path()));
}

TEST_F(BrowserTest, OneThatDiesAtOnceIsTriedAgainLessAndLess) {
  open("exit 3");
  browser->show("http://127.0.0.1:1/");
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(until([&] { return starts().size() == 6; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 31ms) << "1 + 2 + 4 + 8 + 16";
  browser->put_away();
  EXPECT_TRUE(nothing_pends()) << "nobody wants it any more";
}

TEST_F(BrowserTest, ComesBackForTheNextCase) {
  open();
  browser->show("http://127.0.0.1:1/");
  ASSERT_TRUE(until([&] { return starts().size() == 1; }));
  browser->put_away();
  browser->show("http://127.0.0.1:2/");
  ASSERT_TRUE(until([&] { return starts().size() == 2; }));
  EXPECT_TRUE(until([&] { return gone(pid_of(starts()[0])); }));
  EXPECT_FALSE(gone(pid_of(starts()[1])));
  EXPECT_NE(starts()[1].find("127.0.0.1:2"), std::string::npos);
}

TEST_F(BrowserTest, EndsWithItsOwner) {
  open();
  browser->show("http://127.0.0.1:1/");
  ASSERT_TRUE(until([&] { return starts().size() == 1; }));
  const auto line = starts().front();
  browser.reset();
  EXPECT_TRUE(until([&] { return gone(pid_of(line)) && !fs::exists(profile_of(line).parent_path()); }));
}

TEST_F(BrowserTest, AMissingProgramOrUserIsToldAndNoProgramIsQuiet) {
  EXPECT_EQ(NoticeBrowser::open(io.get_executor(), {"sh", "no such user", {}, 1ms}, log).code(), Errc::not_found);
  auto missing = NoticeBrowser::open(io.get_executor(), {(dir / "missing").string(), "", {}, 1ms}, log);
  ASSERT_TRUE(missing);
  (*missing)->show("http://127.0.0.1:1/");
  EXPECT_TRUE(until([&] { return !log.events.empty(); }));
  EXPECT_EQ(log.events.front(), "notice.browser_ended");
  missing->reset();
  log.events.clear();
  auto none = NoticeBrowser::open(io.get_executor(), {}, log);
  ASSERT_TRUE(none);
  (*none)->show("http://127.0.0.1:1/");
  EXPECT_TRUE(nothing_pends());
  EXPECT_TRUE(log.events.empty());
}

}  // namespace
}  // namespace kw::agent
