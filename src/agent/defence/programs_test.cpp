#include "agent/defence/programs.h"

#include <gmock/gmock.h>

#include <fstream>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_processes.h"
#include "platform/recorded/recorded_program_gate.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace platform;

class ProgramDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : {"/usr/bin/good", "/usr/bin/python3", "/tmp/evil"}) {
      const auto content = copy(bytes_of(std::string_view(name)));
      digests[name] = crypto::sm3(content);
      files[name].content = content;
    }
    files["/tmp/evil"].root_only = false;
    disk->learnt.programs = {{digests.at("/usr/bin/good"), "/usr/bin/good", false},
                             {digests.at("/usr/bin/python3"), "/usr/bin/python3", true}};
    table->mounts = {{"/", {1, "/", "ext4", "/dev/vda1"}}};
    table->running[1] = {
        1, 3, "/usr/bin/good", false, false, false, true, digests.at("/usr/bin/good"), {1, "init", "", "0"}};
    begin();
  }
  // As if the agent had started anew; what it kept on disk is there.
  void begin() {
    auto recorded = std::make_unique<RecordedProgramGate>();
    gate = recorded.get();
    gate->files = files;
    defence = std::make_unique<ProgramDefence>(ProgramDefence::Ports{
        std::move(recorded), std::make_unique<RecordedProcesses>(table), std::make_unique<RecordedPrograms>(disk)});
    ASSERT_TRUE(defence->start(bench));
  }
  Result<> use(v1::Mode mode, const std::function<void(v1::ProgramPolicy&)>& more = {}) {
    ::kioskward::v1::PolicyBundle policy;
    policy.mutable_programs()->set_mode(mode);
    if (more) more(*policy.mutable_programs());
    return defence->configure(policy);
  }
  Result<> approve(std::vector<Program> programs) {
    v1::Baseline baseline;
    baseline.set_content(copy_text(ProgramList::make(std::move(programs)).serialise().value()));
    return defence->baseline(baseline);
  }
  Result<> approve() { return approve(disk->learnt.programs); }
  bool compared() {
    return bench.until(
        [&] { return bench.facts["programs.start"] == "compared" && bench.facts["programs.gate"] == "up"; });
  }
  void enforce(const std::function<void(v1::ProgramPolicy&)>& more = {}) {
    ASSERT_TRUE(approve());
    ASSERT_TRUE(use(v1::ENFORCE, more));
    ASSERT_TRUE(bench.until([&] { return bench.facts["programs.enforced"] == "true"; }));
    ASSERT_TRUE(compared());
  }
  std::vector<v1::Event> told(const std::string& type) { return bench.told(type); }
  RunningProgram memory(int pid) {
    return {pid, 9, "/memfd:x", true, true, false, false, crypto::Digest{9}, {pid, "x", "/memfd:x", "1000"}};
  }

  testing::DefenceBench bench;
  std::map<std::string, RecordedProgramGate::File> files;
  std::map<std::string, crypto::Digest> digests;
  std::shared_ptr<RecordedProcessTable> table = std::make_shared<RecordedProcessTable>();
  std::shared_ptr<RecordedPrograms::Disk> disk = std::make_shared<RecordedPrograms::Disk>();
  RecordedProgramGate* gate = nullptr;
  std::unique_ptr<ProgramDefence> defence;
};

TEST_F(ProgramDefenceTest, what_is_learnt_in_watch_is_proposed_approved_and_then_enforced) {
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) { policy.set_learn(true); }));
  ASSERT_TRUE(bench.until([&] { return bench.proposals.size() == 1; }));
  EXPECT_EQ(bench.proposals[0].first, "programs");
  const auto list = ProgramList::parse(bench.proposals[0].second);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->all().size(), 2U);
  ASSERT_TRUE(compared());
  EXPECT_TRUE(gate->open("/tmp/evil", true, 77)) << "watched only";
  ASSERT_EQ(told("program.refused").size(), 1U);
  EXPECT_EQ(told("program.refused")[0].result(), "observed");

  v1::Baseline baseline;
  baseline.set_content(copy_text(bench.proposals[0].second));
  ASSERT_TRUE(defence->baseline(baseline));
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(bench.until([&] { return bench.facts["programs.enforced"] == "true"; }));
  EXPECT_TRUE(gate->open("/usr/bin/good", true, 77));
  EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
  ASSERT_EQ(told("program.refused").size(), 2U);
  const auto event = told("program.refused")[1];
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("path"), "/tmp/evil");
  EXPECT_EQ(event.params().at("digest"), to_hex(digests.at("/tmp/evil")));
  EXPECT_EQ(event.params().at("reason"), "unknown");
  EXPECT_EQ(event.params().at("pid"), "77");
  EXPECT_TRUE(defence->holds());
}
TEST_F(ProgramDefenceTest, what_ran_while_learning_is_proposed_too) {
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) { policy.set_learn(true); }));
  ASSERT_TRUE(compared());
  ASSERT_TRUE(bench.until([&] { return bench.proposals.size() == 1; }));
  EXPECT_TRUE(gate->open("/tmp/evil", true, 77));
  bench.run_posted();
  v1::Order order;
  order.set_action("learn");
  ASSERT_TRUE(defence->order(order));
  ASSERT_TRUE(bench.until([&] { return bench.proposals.size() == 2; }));
  EXPECT_NE(ProgramList::parse(bench.proposals[1].second)->find(digests.at("/tmp/evil")), nullptr);
}
TEST_F(ProgramDefenceTest, without_a_baseline_enforce_watches_says_so_and_does_not_hold) {
  const auto done = use(v1::ENFORCE);
  EXPECT_EQ(done.code(), Errc::wrong_state);
  ASSERT_TRUE(compared());
  EXPECT_TRUE(gate->open("/tmp/evil", true, 77));
  EXPECT_FALSE(defence->holds());
  ASSERT_TRUE(approve());
  ASSERT_TRUE(bench.until([&] { return bench.facts["programs.enforced"] == "true"; })) << "as soon as one is approved";
  EXPECT_TRUE(defence->holds());
}
TEST_F(ProgramDefenceTest, a_baseline_that_does_not_know_the_first_process_is_not_enforced) {
  ASSERT_TRUE(approve({{digests.at("/usr/bin/python3"), "", true}}));
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(compared());
  EXPECT_EQ(bench.facts["programs.enforced"], "false");
  EXPECT_EQ(use(v1::ENFORCE).code(), Errc::wrong_state) << "the machine would not start again";
  EXPECT_TRUE(gate->open("/usr/bin/good", true, 77));
}
TEST_F(ProgramDefenceTest, the_next_start_enforces_at_once) {
  enforce();
  defence->stop();
  begin();
  ASSERT_TRUE(approve());
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(bench.facts["programs.enforced"], "true") << "before anything was compared";
  EXPECT_TRUE(told("program.gate.lost").empty()) << "it was closed in order";
}
TEST_F(ProgramDefenceTest, the_agents_own_program_may_run_whatever_the_baseline_says) {
  files["/usr/bin/kioskward-agent"].content = copy(bytes_of(std::string_view("new version")));
  disk->digests["/proc/self/exe"] = crypto::sm3(files["/usr/bin/kioskward-agent"].content);
  begin();
  enforce();
  EXPECT_TRUE(gate->open("/usr/bin/kioskward-agent", true, 77))
      << "it starts a process of its own that speaks to the platform";
  EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
}
TEST_F(ProgramDefenceTest, a_process_from_memory_is_ended_and_named) {
  enforce([](auto& policy) {
    policy.set_end_unknown(true);
    policy.set_close_memory(true);
  });
  EXPECT_TRUE(table->memory_closed);
  table->begin(memory(500));
  ASSERT_EQ(told("program.running").size(), 1U);
  const auto event = told("program.running")[0];
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("reason"), "memory");
  EXPECT_FALSE(table->running.contains(500));
  table->unending.insert(501);
  table->begin(memory(501));
  ASSERT_EQ(told("program.running").size(), 2U);
  EXPECT_EQ(told("program.running")[1].result(), "observed") << "it could not be ended, and nobody says it was";
}
TEST_F(ProgramDefenceTest, watch_ends_nobody) {
  ASSERT_TRUE(approve());
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) {
    policy.set_end_unknown(true);
    policy.set_close_memory(true);
    policy.set_cut_on_refusal(true);
  }));
  ASSERT_TRUE(compared());
  table->begin(memory(500));
  EXPECT_EQ(told("program.running").size(), 1U);
  EXPECT_TRUE(table->running.contains(500));
  EXPECT_FALSE(table->memory_closed);
  EXPECT_TRUE(bench.cuts.empty());
}
TEST_F(ProgramDefenceTest, a_refused_program_cuts_where_policy_says_so) {
  enforce([](auto& policy) { policy.set_cut_on_refusal(true); });
  EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
  ASSERT_EQ(told("program.refused").size(), 1U);
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"program.refused"});
  EXPECT_FALSE(told("program.refused")[0].case_id().empty());
}
// What ran before the watch began: users of other systems complain of watches that miss the start.
TEST_F(ProgramDefenceTest, MissedStartIsMadeUpFor) {
  table->running[600] = {
      600, 5, "/tmp/evil", false, false, false, true, digests.at("/tmp/evil"), {600, "evil", "/tmp/evil", "0"}};
  enforce([](auto& policy) { policy.set_end_unknown(true); });
  ASSERT_TRUE(bench.until([&] { return told("program.running").size() == 1; }));
  EXPECT_EQ(told("program.running")[0].params().at("path"), "/tmp/evil");
  EXPECT_FALSE(table->running.contains(600));
}
TEST_F(ProgramDefenceTest, a_lost_gate_is_told_and_opened_again) {
  enforce();
  gate->tell(GateLost{"the gate did not answer in time"});
  ASSERT_EQ(told("program.gate.lost").size(), 1U);
  EXPECT_FALSE(gate->open_now);
  EXPECT_FALSE(defence->holds());
  defence->tick();
  EXPECT_TRUE(gate->open_now);
  ASSERT_TRUE(compared());
  EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
}
TEST_F(ProgramDefenceTest, an_agent_that_was_killed_tells_for_how_long_the_gate_was_open) {
  const auto dir = bench.state_path("programs").value();
  std::filesystem::create_directories(dir);
  const auto then = bench.clock.now() - std::chrono::seconds(90);
  std::ofstream(dir + "/gate") << "open " << then.unix_ns;
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_EQ(told("program.gate.lost").size(), 1U);
  EXPECT_GE(std::stoi(told("program.gate.lost")[0].params().at("seconds")), 90);
}
TEST_F(ProgramDefenceTest, QueueOverflowIsToldNotSilent) {
  ASSERT_TRUE(use(v1::WATCH));
  gate->tell(GateOverflowed{3});
  EXPECT_EQ(told("program.events.lost").size(), 1U);
  defence->tick();
  EXPECT_EQ(bench.facts["programs.lost"], "3");
}
TEST_F(ProgramDefenceTest, a_storm_is_gathered) {
  enforce();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
  EXPECT_EQ(told("program.refused").size(), 1U);
  bench.ahead += std::chrono::seconds(11);
  defence->tick();
  ASSERT_EQ(told("program.refused").size(), 2U) << "none goes untold";
  EXPECT_EQ(told("program.refused")[1].params().at("count"), "99");
  EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
  defence->tick();
  EXPECT_EQ(told("program.refused").size(), 2U);
}
TEST_F(ProgramDefenceTest, off_closes_the_gate_and_tells_nothing) {
  enforce();
  const auto before = bench.events.size();
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_FALSE(gate->open_now);
  EXPECT_TRUE(gate->open("/tmp/evil", true, 77));
  table->begin(memory(500));
  defence->tick();
  bench.run_posted();
  EXPECT_EQ(bench.events.size(), before);
}
TEST_F(ProgramDefenceTest, a_gate_that_cannot_be_opened_is_an_error_and_tried_again) {
  gate->start_error = Error(Errc::not_permitted, "fanotify");
  EXPECT_EQ(use(v1::WATCH).code(), Errc::not_permitted);
  gate->start_error.reset();
  defence->tick();
  EXPECT_TRUE(gate->open_now);
}
TEST_F(ProgramDefenceTest, a_bad_baseline_is_refused_and_the_old_one_stays) {
  enforce();
  v1::Baseline baseline;
  baseline.set_content("junk");
  EXPECT_FALSE(defence->baseline(baseline));
  EXPECT_TRUE(gate->open("/usr/bin/good", true, 77));
  EXPECT_FALSE(gate->open("/tmp/evil", true, 77));
}
TEST_F(ProgramDefenceTest, changed_packages_are_told_and_not_learnt) {
  disk->learnt.changed = {"/usr/bin/su"};
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) { policy.set_learn(true); }));
  ASSERT_TRUE(bench.until([&] { return told("program.package.changed").size() == 1; }));
  EXPECT_EQ(told("program.package.changed")[0].params().at("paths"), "/usr/bin/su");
}

}  // namespace
}  // namespace kw::agent
