#include "agent/defence/shell.h"

#include <gtest/gtest.h>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_shell.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace std::chrono_literals;

class ShellDefenceTest : public ::testing::Test {
 protected:
  ShellDefenceTest() { static_cast<void>(shell.start(bench)); }
  ~ShellDefenceTest() override { shell.stop(); }
  Result<> use(v1::Mode mode) {
    auto& policy = *bundle.mutable_shell();
    policy.set_mode(mode);
    policy.set_program("/usr/lib/chromium/chromium");
    policy.set_user("kiosk");
    policy.set_wipe_profile(true);
    auto done = shell.configure(bundle);
    hear();
    return done;
  }
  /// What the process says to what it was asked, and what is made of that.
  void hear() {
    if (machine.theirs) machine.answer();
    const auto ready = bench.watched;
    for (const auto& one : ready) one.second();
  }
  void ends(v1::ShellEnded::How how, std::uint32_t number, std::uint64_t pause_ms = 0, std::uint32_t loop_runs = 0) {
    v1::ShellEnded ended;
    ended.set_how(how);
    ended.set_number(number);
    ended.set_ran_ms(5000);
    ended.set_killed(2);
    ended.set_pause_ms(pause_ms);
    ended.set_loop_runs(loop_runs);
    machine.say_ended(ended);
    hear();
  }
  void presses(const std::string& key) {
    v1::ShellNews news;
    news.mutable_key()->set_name(key);
    news.mutable_key()->set_count(1);
    machine.say(std::move(news));
    hear();
  }
  void pass(Duration time) {
    bench.ahead += time;
    shell.tick();
    hear();
  }
  testing::DefenceBench bench;
  platform::RecordedShell machine;
  platform::RecordedShellState state;
  v1::PolicyBundle bundle;
  ShellDefence shell{{std::make_unique<platform::RecordedShellStarter>(machine),
                      std::make_unique<platform::RecordedShellMachine>(state), "5ec3e7"}};
};

TEST_F(ShellDefenceTest, the_token_of_the_local_api_stands_where_policy_says_and_in_no_record) {
  for (const auto* word : {"--app=https://portal.example/#kioskward={app_token}", "{app_token}{app_token}", "--kiosk"})
    bundle.mutable_shell()->add_arguments(word);
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_EQ(machine.task->arguments_size(), 3);
  EXPECT_EQ(machine.task->arguments(0), "--app=https://portal.example/#kioskward=5ec3e7");
  EXPECT_EQ(machine.task->arguments(1), "5ec3e75ec3e7");
  EXPECT_EQ(machine.task->arguments(2), "--kiosk");
  ends(v1::ShellEnded::EXIT, 1);
  for (const auto& event : bench.events) EXPECT_EQ(event.ShortDebugString().find("5ec3e7"), std::string::npos);
  for (const auto& [key, value] : bench.facts) EXPECT_EQ(value.find("5ec3e7"), std::string::npos) << key;
}

TEST_F(ShellDefenceTest, the_task_is_policys_and_off_has_no_process) {
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(machine.starts, 0);
  EXPECT_TRUE(bench.facts.empty());
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(machine.user, "kiosk");
  ASSERT_TRUE(machine.task);
  EXPECT_EQ(machine.task->program(), "/usr/lib/chromium/chromium");
  EXPECT_TRUE(machine.task->wipe());
  EXPECT_EQ(machine.task->crash_runs(), 5U);
  EXPECT_GT(machine.task->keys_size(), 40) << "the usual list";
  EXPECT_EQ(bench.facts["shell.running"], "yes");
  EXPECT_EQ(bench.facts["shell.keys"], "held");
  EXPECT_TRUE(shell.holds());
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(machine.starts, 1) << "the same policy, the same process";
  bundle.mutable_shell()->add_keys("F11");
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(machine.starts, 2);
  EXPECT_EQ(machine.task->keys_size(), 1);
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(bench.facts["shell.running"], "not kept");
  EXPECT_TRUE(bench.watched.empty());
  EXPECT_TRUE(bench.events.empty());
}
TEST_F(ShellDefenceTest, ends_are_told_with_how_and_loops_once) {
  ASSERT_TRUE(use(v1::ENFORCE));
  ends(v1::ShellEnded::SIGNAL, 11);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"shell.ended"});
  EXPECT_EQ(bench.events[0].result(), "success");
  EXPECT_EQ(bench.events[0].params().at("how"), "signal 11");
  EXPECT_EQ(bench.events[0].params().at("killed"), "2");
  EXPECT_FALSE(shell.holds());
  machine.say_started();
  hear();
  EXPECT_TRUE(shell.holds());
  EXPECT_EQ(bench.facts["shell.restarts"], "1");
  ends(v1::ShellEnded::EXIT, 0, 1000, 5);
  ASSERT_EQ(bench.types(), (std::vector<std::string>{"shell.ended", "shell.ended", "shell.crash_loop"}));
  EXPECT_EQ(bench.events[1].result(), "failed");
  EXPECT_EQ(bench.events[2].params().at("count"), "5");
  EXPECT_EQ(bench.events[2].params().at("within"), "60");
  EXPECT_EQ(bench.facts["shell.running"], "crash loop");
}
TEST_F(ShellDefenceTest, what_is_not_wiped_and_keys_that_are_free_are_told) {
  ASSERT_TRUE(use(v1::ENFORCE));
  v1::ShellEnded ended;
  ended.set_how(v1::ShellEnded::EXIT);
  ended.set_not_wiped(true);
  machine.say_ended(ended);
  v1::ShellNews news;
  news.mutable_ready()->add_free_keys("Alt+F4");
  news.mutable_ready()->set_server_keys(true);
  machine.say(news);
  hear();
  EXPECT_EQ(bench.types(), (std::vector<std::string>{"shell.ended", "shell.not_wiped", "shell.keys_free"}));
  EXPECT_EQ(bench.events.back().params().at("hotkeys"), "Alt+F4, X server");
  EXPECT_EQ(bench.facts["shell.keys"], "free: Alt+F4, X server");
  EXPECT_FALSE(shell.holds());
}
TEST_F(ShellDefenceTest, one_key_is_told_once_a_minute) {
  ASSERT_TRUE(use(v1::ENFORCE));
  for (int i = 0; i < 5; ++i) presses("Alt+F4");
  presses("F11");
  EXPECT_EQ(bench.told("shell.key").size(), 2U);
  EXPECT_EQ(bench.events[0].result(), "blocked");
  for (int i = 0; i < 11; ++i) pass(5s);
  EXPECT_EQ(bench.told("shell.key").size(), 2U);
  pass(5s);
  ASSERT_EQ(bench.told("shell.key").size(), 3U);
  EXPECT_EQ(bench.events.back().params().at("hotkey"), "Alt+F4");
  EXPECT_EQ(bench.events.back().params().at("count"), "4");
}
TEST_F(ShellDefenceTest, what_a_browser_remembers_goes_with_the_rest_of_a_session) {
  bundle.mutable_system()->set_mode(v1::ENFORCE);
  bundle.mutable_system()->set_clear_at_session_end(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  shell.session_ended();
  hear();
  EXPECT_EQ(machine.renewals, 1);
  bundle.mutable_system()->mutable_purge()->set_keep_browser(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  shell.session_ended();
  hear();
  EXPECT_EQ(machine.renewals, 1);
  bundle.mutable_system()->clear_purge();
  bundle.mutable_system()->set_mode(v1::WATCH);
  ASSERT_TRUE(use(v1::ENFORCE));
  shell.session_ended();
  hear();
  EXPECT_EQ(machine.renewals, 1) << "watching changes nothing";
}
TEST_F(ShellDefenceTest, a_session_end_and_an_order_renew_it) {
  ASSERT_TRUE(use(v1::ENFORCE));
  shell.session_ended();
  hear();
  EXPECT_EQ(machine.renewals, 0) << "policy does not ask for it";
  bundle.mutable_shell()->set_renew_at_session_end(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  shell.session_ended();
  hear();
  EXPECT_EQ(machine.renewals, 1);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"shell.renewed"});
  EXPECT_EQ(bench.events[0].params().at("files"), "3");
  EXPECT_EQ(bench.facts["shell.running"], "yes");
  v1::Order order;
  order.set_action("renew");
  EXPECT_TRUE(shell.order(order));
  hear();
  EXPECT_EQ(machine.renewals, 2);
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_EQ(shell.order(order).code(), Errc::wrong_state);
}
TEST_F(ShellDefenceTest, a_keeper_that_ends_is_told_and_replaced_at_once) {
  ASSERT_TRUE(use(v1::ENFORCE));
  for (int i = 0; i < 10; ++i) pass(2s);
  EXPECT_EQ(machine.starts, 1);
  machine.theirs.reset();
  hear();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"shell.lost"});
  EXPECT_EQ(machine.starts, 2);
  hear();
  EXPECT_EQ(bench.facts["shell.running"], "yes");
  machine.say_trouble("the X server has gone");
  hear();
  EXPECT_EQ(bench.events.back().params().at("reason"), "the X server has gone");
  EXPECT_EQ(machine.starts, 2) << "one that lived so short waits";
  pass(1s);
  EXPECT_EQ(machine.starts, 3);
}
TEST_F(ShellDefenceTest, one_that_was_stopped_is_found_by_its_silence) {
  ASSERT_TRUE(use(v1::ENFORCE));
  for (int i = 0; i < 4; ++i) {
    bench.ahead += 2s;
    shell.tick();
  }
  EXPECT_EQ(bench.types(), std::vector<std::string>{"shell.lost"});
  EXPECT_EQ(bench.events[0].params().at("reason"), "silent");
}
TEST_F(ShellDefenceTest, without_a_display_it_is_told_once_after_a_while) {
  machine.display = false;
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(bench.facts["shell.running"], "no display");
  EXPECT_FALSE(shell.holds());
  for (int i = 0; i < 5; ++i) pass(30s);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"shell.lost"});
  machine.display = true;
  pass(30s);
  EXPECT_EQ(bench.facts["shell.running"], "yes");
}
TEST_F(ShellDefenceTest, watching_starts_nothing_and_sees_it_end) {
  state.program = ShownProgram{100, 1};
  bundle.mutable_shell()->mutable_browser()->set_manage(true);
  ASSERT_TRUE(use(v1::WATCH));
  pass(1s);
  EXPECT_EQ(machine.starts, 0);
  EXPECT_FALSE(state.policies);
  EXPECT_EQ(bench.facts["shell.running"], "yes");
  EXPECT_EQ(bench.facts["shell.policy"], "differs");
  state.program.reset();
  pass(1s);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"shell.ended"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_EQ(bench.facts["shell.running"], "no");
  state.program = ShownProgram{101, 2};
  for (int i = 0; i < 5; ++i) pass(1s);
  EXPECT_EQ(bench.facts["shell.running"], "yes");
  EXPECT_TRUE(shell.holds());
}
TEST_F(ShellDefenceTest, managed_policies_are_written_put_back_and_taken_away) {
  bundle.mutable_shell()->mutable_browser()->set_manage(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(state.policies);
  const auto asked = *state.policies;
  EXPECT_EQ(bench.facts["shell.policy"], "in force");
  EXPECT_TRUE(bench.events.empty()) << "the first writing is nobody's change";
  bundle.mutable_shell()->mutable_browser()->set_printing(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_NE(*state.policies, asked);
  EXPECT_TRUE(bench.events.empty()) << "nor is a new policy";
  const auto now = *state.policies;
  shell.told(
      defence_event("file.changed", "observed",
                    {{"path", "/etc/chromium/policies/managed/kioskward.json"}, {"process", "vi"}, {"user", "0"}}));
  state.policies = "{}";
  pass(1s);
  EXPECT_EQ(state.policies, now);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"shell.policy.changed"});
  EXPECT_EQ(bench.events[0].result(), "blocked");
  EXPECT_EQ(bench.events[0].params().at("process"), "vi");
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_FALSE(state.policies);
  state.policies = "somebody's";
  pass(1s);
  EXPECT_EQ(state.policies, "somebody's");
}
TEST_F(ShellDefenceTest, managed_policies_that_cannot_be_written_are_told_once) {
  bundle.mutable_shell()->mutable_browser()->set_manage(true);
  state.writes = fail(Errc::no_space, "disk full");
  EXPECT_FALSE(use(v1::ENFORCE));
  pass(1s);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"shell.policy.failed"});
  EXPECT_FALSE(shell.holds());
  EXPECT_EQ(bench.facts["shell.running"], "yes") << "the program is kept all the same";
  state.writes = {};
  pass(1s);
  EXPECT_TRUE(shell.holds());
}

}  // namespace
}  // namespace kw::agent
