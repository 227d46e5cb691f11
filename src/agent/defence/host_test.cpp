#include "agent/defence/host.h"

#include <gmock/gmock.h>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_files.h"
#include "platform/recorded/recorded_host_port.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace platform;
using Reaction = v1::HostReaction;

class HostDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    machine->users = {"root", "kiosk"};
    machine->processes[1] = facts(1, 0, "/sbin/init");
    machine->processes[10] = facts(10, 1, "/opt/kiosk/browser", 1000);
    machine->processes[20] = facts(20, 1, "/usr/bin/kioskward-agent");
    disk->put("/etc/crontab", "# nothing\n");
    begin();
  }
  static ProcessFacts facts(int pid, int parent, const std::string& program, std::uint32_t uid = 0) {
    ProcessFacts out;
    out.pid = pid;
    out.parent = parent;
    out.session = pid;
    out.started = static_cast<std::uint64_t>(pid);
    out.program = program;
    out.name = program.substr(program.rfind('/') + 1);
    out.uid = out.euid = out.suid = uid;
    return out;
  }
  void begin() {
    defence = std::make_unique<HostDefence>(
        HostDefence::Ports{std::make_unique<RecordedHostPort>(machine), std::make_unique<RecordedFiles>(disk),
                           std::make_unique<RecordedFileWatch>(disk), std::make_unique<RecordedFileWatch>(rights),
                           "/usr/bin/kioskward-agent"});
    ASSERT_TRUE(defence->start(bench));
  }
  Result<> use(v1::Mode mode, const std::function<void(v1::HostPolicy&)>& more = {}) {
    ::kioskward::v1::PolicyBundle policy;
    auto& section = *policy.mutable_host();
    section.set_mode(mode);
    section.add_browsers("/opt/kiosk/browser");
    section.add_users("root");
    section.set_failed_logins(3);
    if (more) more(section);
    return defence->configure(policy);
  }
  static auto reacts(Reaction::Kind kind, Reaction::Action action) {
    return [=](v1::HostPolicy& policy) {
      auto& one = *policy.add_reactions();
      one.set_kind(kind);
      one.add_actions(action);
    };
  }
  bool settled() {
    return bench.until([&] { return bench.facts["host.start"] == "compared"; });
  }
  void begin_to_run(int pid, int parent, const std::string& program, std::uint32_t uid = 1000) {
    {
      const std::lock_guard lock(machine->mutex);
      machine->processes[pid] = facts(pid, parent, program, uid);
    }
    machine->tell(ProcessForked{parent, pid});
    machine->tell(ProcessChanged{pid, facts(pid, parent, program, uid), true});
    bench.run_posted();
  }
  v1::Event one(const std::string& type) {
    const auto all = bench.told(type);
    EXPECT_EQ(all.size(), 1U) << type;
    return all.empty() ? v1::Event() : all.back();
  }
  bool tells(const std::string& type, std::size_t count = 1) {
    return bench.until([&] { return bench.told(type).size() >= count; });
  }

  testing::DefenceBench bench;
  std::shared_ptr<RecordedMachine> machine = std::make_shared<RecordedMachine>();
  std::shared_ptr<RecordedDisk> disk = std::make_shared<RecordedDisk>(), rights = std::make_shared<RecordedDisk>();
  std::unique_ptr<HostDefence> defence;
};

TEST_F(HostDefenceTest, off_costs_nothing_and_tells_nothing) {
  ASSERT_TRUE(use(v1::OFF));
  begin_to_run(11, 10, "/bin/sh");
  defence->tick();
  EXPECT_TRUE(bench.types().empty());
  EXPECT_FALSE(machine->sink);
  EXPECT_FALSE(disk->sink);
}
TEST_F(HostDefenceTest, watch_tells_an_escape_and_what_enforcing_would_do) {
  ASSERT_TRUE(use(v1::WATCH, reacts(Reaction::ESCAPE, Reaction::END_PROCESS)));
  ASSERT_TRUE(settled());
  begin_to_run(11, 10, "/usr/bin/dash");
  const auto event = one("host.escape");
  EXPECT_EQ(event.result(), "observed");
  EXPECT_EQ(event.params().at("subject"), "/usr/bin/dash");
  EXPECT_EQ(event.params().at("action"), "end_process");
  EXPECT_EQ(event.params().at("ancestry"), "/opt/kiosk/browser < /sbin/init");
  EXPECT_EQ(event.params().at("pid"), "11");
  EXPECT_TRUE(machine->ended.empty());
  EXPECT_TRUE(defence->holds());
}
TEST_F(HostDefenceTest, enforce_ends_the_process_with_all_below_it_and_reads_that_back) {
  ASSERT_TRUE(use(v1::ENFORCE, reacts(Reaction::ESCAPE, Reaction::END_PROCESS)));
  ASSERT_TRUE(settled());
  {
    const std::lock_guard lock(machine->mutex);
    machine->processes[12] = facts(12, 11, "/usr/bin/id", 1000);
  }
  machine->tell(ProcessForked{10, 11});
  machine->tell(ProcessForked{11, 12});
  begin_to_run(11, 10, "/usr/bin/dash");
  const auto event = one("host.escape");
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_THAT(machine->ended, ::testing::Contains(11));
  EXPECT_TRUE(machine->processes.contains(10)) << "the browser goes on";
}
TEST_F(HostDefenceTest, a_process_that_does_not_end_is_told_as_failed) {
  machine->unending = {11};
  ASSERT_TRUE(use(v1::ENFORCE, reacts(Reaction::ESCAPE, Reaction::END_PROCESS)));
  ASSERT_TRUE(settled());
  begin_to_run(11, 10, "/usr/bin/dash");
  EXPECT_EQ(one("host.escape").result(), "failed");
  EXPECT_FALSE(defence->holds());
}
TEST_F(HostDefenceTest, a_shell_that_was_there_before_the_agent_is_found) {  // "watches that miss the start"
  machine->processes[11] = facts(11, 10, "/usr/bin/bash", 1000);
  ASSERT_TRUE(use(v1::ENFORCE, reacts(Reaction::ESCAPE, Reaction::END_PROCESS)));
  ASSERT_TRUE(tells("host.escape"));
  EXPECT_EQ(one("host.escape").result(), "blocked");
}
TEST_F(HostDefenceTest, lost_news_are_told_and_looked_up) {  // "silent queue overflow"
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  {
    const std::lock_guard lock(machine->mutex);
    machine->processes[11] = facts(11, 10, "/usr/bin/bash", 1000);
  }
  machine->tell(HostNewsLost{"processes", 1});
  ASSERT_TRUE(tells("host.escape"));
  EXPECT_EQ(one("host.events.lost").params().at("source"), "processes");
}
TEST_F(HostDefenceTest, a_flood_is_bounded_counted_and_looked_up) {
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  for (std::size_t i = 0; i < HostDefence::kMostNews + 5; ++i) machine->tell(ProcessEnded{99});
  EXPECT_TRUE(tells("host.events.lost"));
  defence->tick();
  EXPECT_EQ(bench.facts["host.lost"], "5");
}
TEST_F(HostDefenceTest, whoever_traces_the_agent_is_ended_also_where_the_kernel_tells_nothing) {
  machine->sources = {false, false, {{"processes", "unsupported"}, {"audit", "unsupported"}}};
  ASSERT_TRUE(use(v1::ENFORCE, reacts(Reaction::TRACE, Reaction::END_PROCESS)));
  ASSERT_TRUE(settled());
  EXPECT_THAT(bench.facts["host.missing_sources"], ::testing::HasSubstr("processes (unsupported)"));
  {
    const std::lock_guard lock(machine->mutex);
    machine->processes[30] = facts(30, 1, "/usr/bin/strace");
    machine->processes[20].tracer = 30;
  }
  defence->tick();
  const auto event = one("host.process.traced");
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("program"), "/usr/bin/strace");
  EXPECT_EQ(event.params().at("subject"), "/usr/bin/kioskward-agent");
  EXPECT_TRUE(machine->processes.contains(20));
}
TEST_F(HostDefenceTest, failed_logins_are_gathered_and_many_are_an_attack_that_cuts) {
  machine->failed.push_back({"btmp", "old", "tty1", "", "", {}});
  ASSERT_TRUE(use(v1::ENFORCE, reacts(Reaction::LOGIN_ATTACK, Reaction::CUT_NETWORK)));
  for (const auto* user : {"root", "s3cret!", "root"}) {
    const std::lock_guard lock(machine->mutex);
    machine->failed.push_back({"btmp", user, "ssh:notty", "192.0.2.9", "", {}});
  }
  defence->tick();
  defence->tick();
  for (const auto& event : bench.told("host.login.failed")) EXPECT_NE(event.params().at("user"), "s3cret!");
  const auto attack = one("host.login.attack");
  EXPECT_EQ(attack.params().at("subject"), "192.0.2.9");
  EXPECT_EQ(attack.params().at("what"), "3");
  EXPECT_EQ(attack.result(), "blocked");
  EXPECT_THAT(bench.cuts, ::testing::ElementsAre("host.login.attack"));
  EXPECT_FALSE(attack.case_id().empty());
}
TEST_F(HostDefenceTest, logins_that_failed_while_the_agent_was_away_are_found) {
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  defence->stop();
  for (int i = 0; i < 3; ++i) machine->failed.push_back({"btmp", "root", "tty1", "", "", {}});
  begin();
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_EQ(one("host.login.attack").params().at("subject"), "tty1");
}
TEST_F(HostDefenceTest, failures_of_a_whole_night_are_no_storm) {
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  defence->stop();
  for (int hours = 9; hours > 0; hours -= 2)
    machine->failed.push_back({"btmp", "root", "tty1", "", "", bench.now().utc - std::chrono::hours(hours)});
  begin();
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_TRUE(bench.told("host.login.attack").empty());
  EXPECT_FALSE(bench.told("host.login.failed").empty());
}
TEST_F(HostDefenceTest, records_of_failures_that_are_taken_away_are_told) {
  machine->failed.push_back({"btmp", "root", "tty1", "", "", {}});
  ASSERT_TRUE(use(v1::WATCH));
  machine->failed.clear();
  defence->tick();
  defence->tick();
  EXPECT_EQ(one("host.logins.cut_off").params().at("path"), "/var/log/btmp");
}
TEST_F(HostDefenceTest, an_unexpected_session_ends_whole) {
  ASSERT_TRUE(use(v1::ENFORCE, reacts(Reaction::SESSION, Reaction::END_SESSION)));
  ASSERT_TRUE(settled());
  auto shell = facts(40, 1, "/usr/bin/bash", 1001), other = facts(41, 1, "/usr/bin/nohup", 1001);
  shell.login_session = other.login_session = "5";
  machine->processes[40] = shell;
  machine->processes[41] = other;
  machine->tell(ProcessChanged{40, shell, true});
  machine->tell(ProcessChanged{41, other, true});
  machine->sessions->push_back({"logind", "guest", "tty2", "", 40});
  bench.run_posted();
  defence->tick();
  defence->tick();
  const auto event = one("host.session.unexpected");
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("ended"), "2");
  EXPECT_THAT(machine->ended, ::testing::UnorderedElementsAre(40, 41));
}
TEST_F(HostDefenceTest, set_id_files_of_the_first_look_are_known_and_new_ones_told_once) {
  machine->set_id["/usr/bin/sudo"] = {"/usr/bin/sudo", 0104755, 0, 0};
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  EXPECT_TRUE(bench.told("host.set_id.new").empty());
  {
    const std::lock_guard lock(machine->mutex);
    machine->set_id["/tmp/.sh"] = {"/tmp/.sh", 0104755, 0, 0};
  }
  rights->touch("/tmp/.sh", {77, "cp", "/usr/bin/cp", "0"});
  rights->touch("/tmp/.sh", {77, "chmod", "/usr/bin/chmod", "0"});
  ASSERT_TRUE(tells("host.set_id.new"));
  const auto event = one("host.set_id.new");
  EXPECT_EQ(event.params().at("subject"), "/tmp/.sh");
  EXPECT_EQ(event.params().at("program"), "/usr/bin/cp");
  EXPECT_EQ(event.params().at("what"), "set-user-id 0");
  // Away, another one came; the first one was told.
  defence->stop();
  machine->set_id["/var/tmp/.x"] = {"/var/tmp/.x", 0102755, 0, 42};
  bench.events.clear();
  bench.facts.clear();
  begin();
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  EXPECT_EQ(one("host.set_id.new").params().at("subject"), "/var/tmp/.x");
}
TEST_F(HostDefenceTest, places_of_persistence_are_compared_by_content_and_name_their_writer) {
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) { policy.add_maintainers("/usr/bin/dpkg"); }));
  ASSERT_TRUE(settled());
  disk->put("/etc/cron.d/evil", "* * * * * root nc\n");
  disk->touch("/etc/cron.d/evil", {77, "sh", "/usr/bin/dash", "0"});
  ASSERT_TRUE(tells("host.persistence.changed"));
  EXPECT_EQ(one("host.persistence.changed").params().at("what"), "added");
  EXPECT_EQ(one("host.persistence.changed").params().at("program"), "/usr/bin/dash");
  disk->put("/etc/cron.d/package", "x\n");
  disk->touch("/etc/cron.d/package", {78, "dpkg", "/usr/bin/dpkg", "0"});
  disk->touch("/etc/crontab", {79, "touch", "/usr/bin/touch", "0"});  // as it was
  disk->put("/etc/ld.so.preload", "/tmp/x.so\n");
  disk->touch("/etc/ld.so.preload", {77, "sh", "/usr/bin/dash", "0"});
  ASSERT_TRUE(tells("host.persistence.changed", 2));
  EXPECT_EQ(bench.told("host.persistence.changed")[1].params().at("subject"), "/etc/ld.so.preload");
  // While the agent is away.
  defence->stop();
  disk->put("/root/.ssh/authorized_keys", "ssh-ed25519 AAAA\n");
  {
    const std::lock_guard lock(disk->mutex);
    disk->files.erase("/etc/crontab");
  }
  bench.events.clear();
  bench.facts.clear();
  begin();
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  std::vector<std::string> told;
  for (const auto& event : bench.told("host.persistence.changed"))
    told.push_back(event.params().at("what") + " " + event.params().at("subject"));
  EXPECT_THAT(told, ::testing::UnorderedElementsAre("added /root/.ssh/authorized_keys", "removed /etc/crontab"));
}
TEST_F(HostDefenceTest, modules_of_the_first_look_are_known_and_new_ones_told) {
  machine->modules = KernelModules{{"usbhid"}, 0};
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_TRUE(bench.told("host.module.loaded").empty());
  machine->modules = KernelModules{{"usbhid", "rootkit"}, 1U << 12};
  for (int i = 0; i < 4; ++i) defence->tick();
  const auto told = bench.told("host.module.loaded");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].params().at("subject"), "rootkit");
  EXPECT_EQ(told[1].params().at("what"), "taint");
}
TEST_F(HostDefenceTest, learning_by_order_takes_what_is_there_as_known) {
  machine->modules = KernelModules{{}, 0};
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(settled());
  machine->modules->names = {"vendor"};
  machine->set_id["/opt/new"] = {"/opt/new", 0104755, 0, 0};
  v1::Order order;
  order.set_action("learn");
  ASSERT_TRUE(defence->order(order));
  ASSERT_TRUE(bench.until([&] { return bench.facts["host.set_id_files"] == "1"; }));
  defence->tick();
  defence->tick();
  EXPECT_TRUE(bench.told("host.module.loaded").empty());
  EXPECT_TRUE(bench.told("host.set_id.new").empty());
  order.set_action("dance");
  EXPECT_EQ(defence->order(order).code(), Errc::unsupported);
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(defence->order(order).code(), Errc::wrong_state);
}

}  // namespace
}  // namespace kw::agent
