#include <gtest/gtest.h>

#include "device/shell/boundary.h"
#include "device/shell/browser_policies.h"
#include "device/shell/shell_engine.h"

namespace kw::device {
namespace {

using namespace std::chrono_literals;
namespace v1 = ::kioskward::v1;

/// One end of a run after another: when it came (seconds), how long the run had lasted, what follows.
struct EndRow {
  const char* what;
  bool asked;
  Duration ran, pause;
  std::uint32_t loop_runs;
};

TEST(ShellEngine, ends_are_followed_by_starts_at_once_until_they_are_a_loop) {
  const EndRow rows[] = {
      {"a crash after a day", false, 24h, 0s, 0},
      {"one at once", false, 1s, 0s, 0},
      {"renewed: counts for nothing", true, 1s, 0s, 0},
      {"a third within a minute is a loop", false, 1s, 1s, 3},
      {"the pause doubles", false, 1s, 2s, 0},
      {"renewed in a loop: at once", true, 1s, 0s, 0},
      {"again", false, 1s, 4s, 0},
      {"and again", false, 1s, 8s, 0},
      {"and again", false, 1s, 16s, 0},
      {"to a bound", false, 1s, 30s, 0},
      {"that is kept", false, 1s, 30s, 0},
      {"a run that lasts ends the loop", false, 60s, 0s, 0},
      {"and what was before is forgotten", false, 1s, 0s, 0},
      {"until it is a loop again", false, 1s, 1s, 3},
  };
  ShellEngine engine({3, 60});
  Duration now = 100s;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    ASSERT_TRUE(engine.due(now));
    engine.started(now);
    EXPECT_FALSE(engine.due(now + 1h));
    EXPECT_FALSE(engine.next());
    now += row.ran;
    if (row.asked) {
      EXPECT_TRUE(engine.renew(now));
    }
    const auto ended = engine.ended(now);
    EXPECT_EQ(ended.asked, row.asked);
    EXPECT_EQ(ended.ran, row.ran);
    EXPECT_EQ(ended.pause, row.pause);
    EXPECT_EQ(ended.loop_runs, row.loop_runs);
    EXPECT_EQ(engine.next(), now + row.pause);
    if (row.pause > 0s) {
      EXPECT_FALSE(engine.due(now + row.pause - 1ms));
    }
    now += row.pause;
  }
}

TEST(ShellEngine, renewing_while_it_waits_starts_at_once) {
  ShellEngine engine({2, 60});
  for (int i = 0; i < 2; ++i) {
    engine.started(0s);
    static_cast<void>(engine.ended(0s));
  }
  EXPECT_FALSE(engine.due(0s));
  EXPECT_FALSE(engine.renew(0s)) << "nothing runs that could be ended";
  EXPECT_TRUE(engine.due(0s));
  engine.started(0s);
  EXPECT_FALSE(engine.ended(1s).asked) << "the run that followed ended by itself";
}

TEST(ShellBoundary, what_was_said_is_heard) {
  v1::ShellCommand command;
  auto* task = command.mutable_task();
  task->set_program("/usr/bin/true");
  task->set_profiles("/run/x");
  task->set_crash_runs(5);
  task->set_crash_seconds(60);
  task->add_keys("Alt+F4");
  EXPECT_EQ(parse_shell_command(encode_shell(command)).value().task().keys(0), "Alt+F4");
  v1::ShellNews news;
  news.mutable_ended()->set_how(v1::ShellEnded::SIGNAL);
  news.mutable_ended()->set_number(11);
  EXPECT_EQ(parse_shell_news(encode_shell(news)).value().ended().number(), 11U);
}

TEST(ShellBoundary, what_nobody_says_is_refused) {
  const auto command = [](auto change) {
    v1::ShellCommand out;
    auto* task = out.mutable_task();
    task->set_program("/usr/bin/true");
    task->set_profiles("/run/x");
    task->set_crash_runs(5);
    task->set_crash_seconds(60);
    change(*task);
    return parse_shell_command(encode_shell(out)).code();
  };
  EXPECT_EQ(command([](auto& t) { t.set_program("true"); }), Errc::malformed);
  EXPECT_EQ(command([](auto& t) { t.set_profiles(""); }), Errc::malformed);
  EXPECT_EQ(command([](auto& t) { t.add_arguments(std::string("a\0b", 3)); }), Errc::malformed);
  EXPECT_EQ(command([](auto& t) { t.add_arguments(std::string(2000, 'a')); }), Errc::malformed);
  EXPECT_EQ(command([](auto& t) { t.set_crash_runs(0); }), Errc::malformed);
  EXPECT_EQ(command([](auto& t) {
              for (int i = 0; i < 200; ++i) t.add_keys("F1");
            }),
            Errc::malformed);
  EXPECT_EQ(parse_shell_command(encode_shell(v1::ShellCommand())).code(), Errc::malformed);
  EXPECT_EQ(parse_shell_command(Bytes(kMostShellPacket + 1)).code(), Errc::too_large);
  const auto news = [](auto change) {
    v1::ShellNews out;
    change(out);
    return parse_shell_news(encode_shell(out)).code();
  };
  EXPECT_EQ(news([](auto&) {}), Errc::malformed);
  EXPECT_EQ(news([](auto& n) { n.mutable_started()->set_pid(1); }), Errc::malformed);
  EXPECT_EQ(news([](auto& n) { n.mutable_ended(); }), Errc::malformed);
  EXPECT_EQ(news([](auto& n) { n.mutable_key()->set_name("Alt\n"); }), Errc::malformed);
  EXPECT_EQ(news([](auto& n) { n.mutable_trouble()->set_detail(std::string(600, 'a')); }), Errc::malformed);
}

TEST(BrowserPolicies, say_what_the_section_says) {
  v1::ShellBrowser rules;
  const auto closed = browser_policies_text(rules);
  for (const auto* line : {R"("AllowFileSelectionDialogs": false)", R"("DeveloperToolsAvailability": 2)",
                           R"("DownloadRestrictions": 3)", R"("PrintingEnabled": false)",
                           R"("RemoteDebuggingAllowed": false)", R"("URLBlocklist": ["file://*", "view-source:*",)"})
    EXPECT_NE(closed.find(line), std::string::npos) << line;
  EXPECT_EQ(closed.find("URLAllowlist"), std::string::npos) << "no places are named: all of the web";
  rules.add_allow("https://*.example.gov.cn");
  EXPECT_EQ(closed.find("LocalNetworkAccess"), std::string::npos)
      << "whoever it is, he does not reach this kiosk's loopback";
  rules.add_allow("https://\"quoted\\.example");
  rules.add_allow("http://10.0.0.1:8080/portal/*");
  rules.set_printing(true);
  rules.set_downloads(true);
  rules.set_dev_tools(true);
  rules.set_file_dialogs(true);
  const auto open = browser_policies_text(rules);
  for (
      const auto* line :
      {R"("AllowFileSelectionDialogs": true)", R"("DeveloperToolsAvailability": 1)", R"("DownloadRestrictions": 0)",
       R"("PrintingEnabled": true)", R"("RemoteDebuggingAllowed": true)", R"("URLBlocklist": ["*", "file://*",)",
       R"("URLAllowlist": ["https://*.example.gov.cn", "https://\"quoted\\.example", "http://10.0.0.1:8080/portal/*"])",
       R"("LocalNetworkAccessAllowedForUrls": ["https://[*.]example.gov.cn", "https://\"quoted\\.example", "http://10.0.0.1:8080"])"})
    EXPECT_NE(open.find(line), std::string::npos) << line;
}

TEST(BrowserPolicies, plan) {
  const std::string ours = "ours";
  struct Row {
    std::optional<std::string> wanted, observed;
    BrowserPlan plan;
  };
  const Row rows[] = {
      {"new", std::nullopt, BrowserPlan::write},   {"new", "new", BrowserPlan::nothing},
      {"new", "else", BrowserPlan::write},         {std::nullopt, std::nullopt, BrowserPlan::nothing},
      {std::nullopt, "ours", BrowserPlan::remove}, {std::nullopt, "else", BrowserPlan::nothing},
  };
  for (const auto& row : rows) EXPECT_EQ(plan_browser_policies(row.wanted, row.observed, ours), row.plan);
  EXPECT_EQ(plan_browser_policies(std::nullopt, "", ""), BrowserPlan::nothing) << "what we never wrote is not ours";
}

}  // namespace
}  // namespace kw::device
