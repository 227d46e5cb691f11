#include "agent/defence/system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_system_port.h"

namespace kw::agent {
namespace {

using namespace device;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

class SystemDefenceTest : public ::testing::Test {
 protected:
  SystemDefenceTest() {
    auto& section = *policy.mutable_system();
    section.set_close_debug(true);
    section.set_judge_listeners(true);
    auto& ssh = *section.add_listeners();
    ssh.set_protocol(v1::SystemListener::TCP);
    ssh.set_port(22);
    ssh.set_program("sshd");
    policy.mutable_network()->set_mode(v1::ENFORCE);
  }
  void SetUp() override {
    SystemSeen seen;
    seen.os_release = {{"ID", "debian"}, {"VERSION_ID", "12"}};
    seen.settings = {{"kernel/sysrq", "438"}, {"kernel/core_pattern", "core"}, {"fs/suid_dumpable", "0"}};
    seen.listeners = {{"tcp", "0.0.0.0", 22, 11, ""}};
    start(seen);
    machine->owners["tcp 22"] = "sshd 812";
  }
  void start(const SystemSeen& seen) {
    auto port = std::make_unique<platform::RecordedSystemPort>();
    port->state = seen;
    machine = port.get();
    defence = std::make_unique<SystemDefence>(SystemDefence::Ports{std::move(port), [](const auto& job) { job(); }});
    ASSERT_TRUE(defence->start(bench));
  }
  Result<> use(v1::Mode mode) {
    policy.mutable_system()->set_mode(mode);
    return defence->configure(policy);
  }
  void pass(int ticks = 1, Duration by = SystemDefence::kLookEvery) {
    for (int i = 0; i < ticks; ++i) {
      bench.ahead += by;
      defence->tick();
      bench.run_posted();
    }
  }
  void listen(const std::string& protocol, std::uint16_t port, std::uint64_t inode, const std::string& owner) {
    machine->state.listeners.push_back({protocol, "0.0.0.0", port, inode, ""});
    machine->owners[protocol + " " + std::to_string(port)] = owner;
  }
  v1::PolicyBundle policy;
  testing::DefenceBench bench;
  platform::RecordedSystemPort* machine = nullptr;
  std::unique_ptr<SystemDefence> defence;
};

TEST_F(SystemDefenceTest, enforce_closes_settings_and_off_puts_the_machines_own_back) {
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(machine->state.settings, closed_settings());
  EXPECT_EQ(bench.types(), (Strings{"system.setting.closed", "system.setting.closed"}));
  EXPECT_TRUE(defence->holds());
  EXPECT_EQ(bench.facts["system.debug"], "");
  pass(3);
  EXPECT_EQ(bench.events.size(), 2U);
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(machine->state.settings.at("kernel/sysrq"), "438");
  EXPECT_EQ(machine->state.settings.at("kernel/core_pattern"), "core");
}
TEST_F(SystemDefenceTest, a_setting_that_somebody_opens_is_closed_again_and_is_an_alarm) {
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  machine->state.settings["kernel/sysrq"] = "1";
  pass();
  ASSERT_EQ(bench.types(), Strings{"system.setting.reopened"});
  EXPECT_EQ(bench.events[0].params().at("from"), "1");
  EXPECT_EQ(machine->state.settings.at("kernel/sysrq"), "0");
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(machine->state.settings.at("kernel/sysrq"), "438") << "the machine's own value, not the intruder's";
}
TEST_F(SystemDefenceTest, own_values_outlive_a_restart) {
  ASSERT_TRUE(use(v1::ENFORCE));
  start(machine->state);
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_EQ(machine->state.settings.at("kernel/core_pattern"), "core");
  EXPECT_THAT(bench.types(), ::testing::Contains("system.deviation"));
}
TEST_F(SystemDefenceTest, what_cannot_be_put_back_at_once_is_put_back_later) {
  ASSERT_TRUE(use(v1::ENFORCE));
  machine->set_refusal = Error(Errc::not_permitted, "kernel");
  EXPECT_EQ(use(v1::OFF).code(), Errc::not_permitted);
  machine->set_refusal.reset();
  pass();
  EXPECT_EQ(machine->state.settings.at("kernel/sysrq"), "438");
}
TEST_F(SystemDefenceTest, what_cannot_be_set_is_told_once_and_shows_degraded) {
  machine->set_refusal = Error(Errc::not_permitted, "read-only");
  EXPECT_EQ(use(v1::ENFORCE).code(), Errc::not_permitted);
  pass(3);
  EXPECT_EQ(std::ranges::count(bench.types(), "system.setting.failed"), 1);
  EXPECT_FALSE(defence->holds());
  machine->set_refusal.reset();
  pass();
  EXPECT_TRUE(defence->holds());
}
TEST_F(SystemDefenceTest, watch_tells_each_finding_for_as_long_as_it_stands_and_sets_nothing) {
  policy.mutable_system()->set_lockdown(true);
  machine->state.lockdown = "none";
  ASSERT_TRUE(use(v1::WATCH));
  pass(2);
  EXPECT_TRUE(machine->applied.empty());
  EXPECT_EQ(bench.types(), (Strings{"system.deviation", "system.deviation", "system.deviation"}));
  EXPECT_EQ(bench.events[2].params().at("what"), "lockdown");
  EXPECT_EQ(bench.facts["system.debug"], "kernel/core_pattern, kernel/sysrq");
  machine->state.lockdown = "integrity";
  pass();
  EXPECT_EQ(bench.types().back(), "system.deviation.ended");
}
TEST_F(SystemDefenceTest, an_unknown_listener_is_named_and_blocked_by_the_network_part) {
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  listen("tcp", 4444, 21, "nc 4711");
  pass(2);
  ASSERT_EQ(bench.types(), Strings{"system.listener.unknown"});
  EXPECT_EQ(bench.events[0].result(), "blocked");
  EXPECT_EQ(bench.events[0].params().at("process"), "nc 4711");
  EXPECT_EQ(bench.facts["system.listeners_unknown"], "1");
  machine->state.listeners.pop_back();
  pass();
  listen("tcp", 4444, 22, "nc 4712");
  pass();
  EXPECT_EQ(bench.events.size(), 2U) << "it came back";
}
TEST_F(SystemDefenceTest, a_listener_that_the_network_part_lets_in_is_only_observed) {
  auto& open = *policy.mutable_network()->add_allow_in();
  open.set_protocol(v1::TCP);
  open.add_ports()->set_first(4444);
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  listen("tcp", 4444, 21, "nc 4711");
  listen("udp", 4444, 22, "nc 4712");
  pass(2);
  ASSERT_EQ(bench.events.size(), 2U);
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_EQ(bench.events[1].result(), "blocked") << "another protocol";
}
TEST_F(SystemDefenceTest, another_program_on_a_listed_port_is_unknown) {
  machine->owners["tcp 22"] = "dropbear 99";
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_EQ(bench.types().front(), "system.listener.unknown");
  EXPECT_EQ(bench.events[0].result(), "observed");
}
TEST_F(SystemDefenceTest, a_udp_question_is_no_listener) {
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  listen("udp", 40000, 31, "resolver 5");
  pass();
  machine->state.listeners.pop_back();
  listen("udp", 40001, 32, "resolver 5");
  pass();
  EXPECT_TRUE(bench.events.empty());
  pass();
  EXPECT_EQ(bench.types(), Strings{"system.listener.unknown"});
}
TEST_F(SystemDefenceTest, packages_are_read_each_hour_and_their_lag_is_kept) {
  policy.mutable_system()->add_origins("Debian");
  policy.mutable_system()->set_patch_days(30);
  machine->sources.installed = 3;
  machine->sources.indexes = 1;
  machine->sources.repositories = {{"bookworm", "Debian", true, bench.now().utc}};
  machine->sources.waiting = {{"curl:amd64", "1", "2", bench.now().utc}};
  ASSERT_TRUE(use(v1::WATCH));
  bench.events.clear();
  pass(5);
  EXPECT_EQ(machine->package_looks, 1);
  EXPECT_EQ(bench.facts["system.packages_waiting"], "1");
  EXPECT_EQ(bench.facts["system.patch_lag_days"], "0");
  const auto sources = machine->sources;
  start(machine->state);
  machine->sources = sources;
  machine->sources.unknown = {"home-made 1.0"};
  bench.clock.ahead += std::chrono::hours(24 * 31);
  ASSERT_TRUE(use(v1::WATCH));
  bench.events.clear();
  pass();
  EXPECT_EQ(bench.facts["system.patch_lag_days"], "31");
  pass();
  ASSERT_EQ(bench.types(), (Strings{"system.deviation", "system.deviation"}));
  EXPECT_EQ(bench.events[0].params().at("observed"), "home-made 1.0");
  EXPECT_EQ(bench.events[1].params().at("observed"), "curl:amd64");
  pass(1, SystemDefence::kPackagesEvery);
  EXPECT_EQ(machine->package_looks, 2);
}
TEST_F(SystemDefenceTest, packages_that_cannot_be_read_are_a_finding) {
  machine->packages_refusal = Error(Errc::not_found, "status");
  ASSERT_TRUE(use(v1::WATCH));
  bench.events.clear();
  pass(2);
  ASSERT_EQ(bench.types(), Strings{"system.deviation"});
  EXPECT_EQ(bench.events[0].params().at("subject"), "dpkg");
}
TEST_F(SystemDefenceTest, caches_are_cleared_on_schedule_in_enforce_and_counted_in_watch) {
  auto& cache = *policy.mutable_system()->add_caches();
  cache.set_path("/home/*/.cache");
  cache.set_keep_minutes(10);
  policy.mutable_system()->set_clear_hours(24);
  machine->cleared = {7, 4096, true, {}};
  ASSERT_TRUE(use(v1::WATCH));
  bench.events.clear();
  pass(3);
  ASSERT_EQ(bench.types(), Strings{"system.caches.cleared"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  ASSERT_EQ(machine->clearings.size(), 1U);
  EXPECT_TRUE(machine->clearings[0].trial);
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  bench.clock.ahead += std::chrono::hours(24);
  pass(3);
  ASSERT_EQ(bench.types(), Strings{"system.caches.cleared"});
  EXPECT_EQ(bench.events[0].result(), "success");
  EXPECT_EQ(bench.events[0].params().at("count"), "7");
  ASSERT_EQ(machine->clearings.size(), 2U);
  EXPECT_FALSE(machine->clearings[1].trial);
  EXPECT_LT(machine->clearings[1].keep, bench.now().utc - std::chrono::minutes(9));
  bench.clock.ahead -= std::chrono::hours(2000);
  pass();
  EXPECT_EQ(machine->clearings.size(), 3U) << "a clock that was set back does not put it off";
}
TEST_F(SystemDefenceTest, a_sessions_end_clears_what_is_young_too_where_policy_says_so) {
  auto& cache = *policy.mutable_system()->add_caches();
  cache.set_path("/home/*/.cache");
  cache.set_keep_minutes(10);
  machine->cleared = {7, 4096, true, {}};
  ASSERT_TRUE(use(v1::ENFORCE));
  pass();
  defence->session_ended();
  pass();
  EXPECT_TRUE(machine->clearings.empty()) << "policy does not ask for it";
  policy.mutable_system()->set_clear_at_session_end(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  defence->session_ended();
  defence->session_ended();
  pass(3);
  ASSERT_EQ(bench.types(), (Strings{"system.caches.cleared", "system.caches.cleared"})) << "the second once the first is done";
  EXPECT_EQ(bench.events[0].params().at("reason"), "session");
  ASSERT_EQ(machine->clearings.size(), 2U);
  EXPECT_FALSE(machine->clearings[0].trial);
  EXPECT_GT(machine->clearings[0].keep, bench.now().utc - std::chrono::minutes(1));
}
TEST_F(SystemDefenceTest, caches_are_cleared_by_order_and_failures_are_told) {
  v1::Order order;
  order.set_action("clear_caches");
  EXPECT_EQ(defence->order(order).code(), Errc::wrong_state);
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(defence->order(order).code(), Errc::not_found);
  policy.mutable_system()->add_caches()->set_path("/tmp");
  ASSERT_TRUE(use(v1::ENFORCE));
  bench.events.clear();
  machine->clear_refusal = Error(Errc::not_permitted, "a link");
  ASSERT_TRUE(defence->order(order));
  EXPECT_EQ(defence->order(order).code(), Errc::wrong_state) << "one at a time";
  bench.run_posted();
  ASSERT_EQ(bench.types(), Strings{"system.caches.cleared"});
  EXPECT_EQ(bench.events[0].result(), "failed");
  EXPECT_EQ(bench.events[0].params().at("not_cleared"), "/tmp: not_permitted: a link");
}
TEST_F(SystemDefenceTest, a_spoilt_state_is_no_reason_to_stand_still) {
  std::ofstream(bench.state_path("system").value() + "/state") << "nonsense";
  start(machine->state);
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_TRUE(defence->holds());
}
TEST_F(SystemDefenceTest, a_machine_that_cannot_be_read_is_degraded) {
  machine->look_refusal = Error(Errc::malformed, "sockets");
  EXPECT_EQ(use(v1::WATCH).code(), Errc::malformed);
  EXPECT_FALSE(defence->holds());
  machine->look_refusal.reset();
  pass();
  EXPECT_TRUE(defence->holds());
}
TEST_F(SystemDefenceTest, stopping_ends_the_work_of_its_own_thread) {
  auto port = std::make_unique<platform::RecordedSystemPort>();
  port->state.settings = closed_settings();
  SystemDefence own({std::move(port), {}});
  ASSERT_TRUE(own.start(bench));
  ASSERT_TRUE(own.configure([&] {
    policy.mutable_system()->set_mode(v1::WATCH);
    return policy;
  }()));
  bench.events.clear();
  bench.posted.clear();
  own.tick();  // begins to read packages
  own.stop();
  bench.run_posted();
  EXPECT_TRUE(bench.events.empty()) << "what was posted before the stop does nothing after it";
}

}  // namespace
}  // namespace kw::agent
