#include "agent/defence/system_purge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/testing/defence_bench.h"
#include "platform/recorded/recorded_purge_port.h"

namespace kw::agent {
namespace {

using namespace device;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kUid = 1000;

class SystemPurgeTest : public ::testing::Test {
 protected:
  void SetUp() override { begin_again(); }
  /// Another agent on the same machine.
  void begin_again(const PurgeSeen& left = {}) {
    auto port = std::make_unique<platform::RecordedPurgePort>();
    machine = port.get();
    machine->state = left;
    machine->state.users = {kUid};
    purge = std::make_unique<SystemPurge>(std::move(port), std::vector<std::string>{"kiosk"});
    purge->start(bench, [this](std::function<void()> job) { held ? jobs.push_back(std::move(job)) : job(); });
  }
  void use(v1::Mode mode, bool clear = true) {
    policy.set_mode(mode);
    policy.set_clear_at_session_end(clear);
    purge->configure(policy, "");
    bench.run_posted();
  }
  void leave_all() {
    machine->state.files = {{"/tmp", kUid, 3, false}, {"/dev/shm", kUid, 2, true}};
    machine->state.segments = {{Segment::Kind::memory, 7, kUid, {1}, false}};
    machine->state.spool = {{"d00001-001", {1}}};
  }
  void end_session() {
    purge->purge("session");
    bench.run_posted();
  }
  void seconds(int count) {
    for (int i = 0; i < count; ++i) {
      bench.ahead += std::chrono::seconds(1);
      purge->tick();
      bench.run_posted();
    }
  }
  std::string param(const v1::Event& event, const std::string& key) { return event.params().at(key); }

  v1::SystemPolicy policy;
  testing::DefenceBench bench;
  platform::RecordedPurgePort* machine = nullptr;
  std::unique_ptr<SystemPurge> purge;
  bool held = false;
  std::vector<std::function<void()>> jobs;
};

TEST_F(SystemPurgeTest, a_session_has_a_directory_and_leaves_nothing) {
  use(v1::ENFORCE);
  const auto path = purge->begin();
  EXPECT_THAT(path, ::testing::MatchesRegex("/session/[0-9a-f]{16}"));
  EXPECT_THAT(machine->rooms, ElementsAre(64U << 20));
  leave_all();
  end_session();
  EXPECT_THAT(machine->state.directories, IsEmpty());
  EXPECT_THAT(machine->state.segments, IsEmpty());
  EXPECT_THAT(machine->state.spool, IsEmpty());
  ASSERT_EQ(bench.types(), std::vector<std::string>{"system.session.purged"});
  EXPECT_EQ(bench.events[0].result(), "success");
  EXPECT_EQ(param(bench.events[0], "gone"),
            "session_directory 1, temporary_files 3, shared_memory 2, segments 1, print_jobs 1");
  EXPECT_EQ(param(bench.events[0], "count"), "8");
  EXPECT_EQ(param(bench.events[0], "octets"), "500");
}
TEST_F(SystemPurgeTest, what_stays_is_tried_again_and_then_told_by_its_kind) {
  use(v1::ENFORCE);
  leave_all();
  machine->stubborn.emplace(PurgeKind::temporary_files, Error(Errc::not_permitted, "/tmp/zhang-san.pdf"));
  end_session();
  EXPECT_THAT(bench.events, IsEmpty()) << "a process that is being ended may have it still";
  seconds(SystemPurge::kRounds);
  EXPECT_EQ(bench.types(), (std::vector<std::string>{"system.session.purged", "system.session.not_purged"}));
  EXPECT_EQ(bench.events[0].result(), "failed");
  EXPECT_EQ(param(bench.events[1], "kind"), "temporary_files");
  EXPECT_EQ(param(bench.events[1], "reason"), "not_permitted");
  for (const auto& [key, value] : bench.events[1].params()) EXPECT_EQ(value.find("zhang"), std::string::npos) << key;
  seconds(3);
  EXPECT_EQ(bench.events.size(), 2U) << "told once";
}
TEST_F(SystemPurgeTest, what_goes_a_second_later_is_no_failure) {
  use(v1::ENFORCE);
  leave_all();
  machine->stubborn.emplace(PurgeKind::segments, Error(Errc::io, "in use"));
  end_session();
  machine->stubborn.clear();
  seconds(2);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"system.session.purged"});
  EXPECT_EQ(bench.events[0].result(), "success");
  EXPECT_EQ(param(bench.events[0], "count"), "7");
}
TEST_F(SystemPurgeTest, policy_keeps_what_it_names) {
  policy.mutable_purge()->set_keep_print_jobs(true);
  policy.mutable_purge()->set_keep_shared_memory(true);
  policy.mutable_purge()->set_keep_temporary_files(true);
  policy.mutable_purge()->set_directory_mib(3);
  use(v1::ENFORCE);
  EXPECT_NE(purge->begin(), "");
  EXPECT_THAT(machine->rooms, ElementsAre(3U << 20));
  leave_all();
  end_session();
  EXPECT_EQ(param(bench.events[0], "gone"), "session_directory 1");
  EXPECT_EQ(machine->state.spool.size(), 1U);
}
TEST_F(SystemPurgeTest, watching_counts_and_takes_nothing) {
  use(v1::WATCH);
  EXPECT_EQ(purge->begin(), "");
  leave_all();
  end_session();
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_EQ(param(bench.events[0], "gone"), "temporary_files 1, shared_memory 1, segments 1, print_jobs 1");
  EXPECT_EQ(machine->state.files[0].count, 3U);
}
TEST_F(SystemPurgeTest, what_a_killed_agent_left_goes_before_policy_is_known_and_the_rest_with_it) {
  PurgeSeen left;
  left.directories = {"aa"};
  begin_again(left);
  EXPECT_EQ(machine->ends, 1);
  EXPECT_THAT(machine->state.directories, IsEmpty());
  leave_all();
  use(v1::ENFORCE);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"system.session.purged"});
  EXPECT_EQ(param(bench.events[0], "reason"), "start");
  use(v1::ENFORCE);
  EXPECT_EQ(bench.events.size(), 1U) << "once";
}
TEST_F(SystemPurgeTest, the_next_session_s_directory_survives_the_purge_of_the_one_before) {
  use(v1::ENFORCE);
  ASSERT_NE(purge->begin(), "");
  held = true;
  purge->purge("session");
  seconds(1);
  const auto next = purge->begin();
  ASSERT_NE(next, "");
  for (const auto& job : jobs) job();
  bench.run_posted();
  EXPECT_EQ(machine->state.directories.size(), 1U) << "the first round began before it: it is looked at again";
  EXPECT_EQ("/session/" + machine->state.directories.at(0), next);
}
TEST_F(SystemPurgeTest, a_directory_that_cannot_be_made_is_told_and_the_session_goes_on) {
  use(v1::ENFORCE);
  machine->begin_refusal = Error(Errc::not_permitted, "swap");
  EXPECT_EQ(purge->begin(), "");
  ASSERT_EQ(bench.types(), std::vector<std::string>{"system.session.not_purged"});
  EXPECT_EQ(param(bench.events[0], "reason"), "not made: not_permitted");
  EXPECT_EQ(bench.facts["system.session_directory"], "not_permitted");
}
TEST_F(SystemPurgeTest, one_session_at_a_time_and_not_a_hundred_a_minute) {
  use(v1::ENFORCE);
  for (int i = 0; i < 20; ++i) ASSERT_NE(purge->begin(), "") << "a page that tries again";
  EXPECT_EQ(purge->begin(), "") << "enough for a minute";
  seconds(61);
  EXPECT_NE(purge->begin(), "");
  bench.run_posted();
  EXPECT_EQ(machine->state.directories.size(), 1U);
}
TEST_F(SystemPurgeTest, off_and_without_the_switch_nothing_happens) {
  use(v1::OFF);
  EXPECT_EQ(purge->begin(), "");
  end_session();
  use(v1::ENFORCE, false);
  end_session();
  EXPECT_THAT(bench.events, IsEmpty());
}
TEST_F(SystemPurgeTest, the_agent_s_stop_takes_the_directory_away) {
  use(v1::ENFORCE);
  ASSERT_NE(purge->begin(), "");
  purge->halt();
  purge->stop();
  EXPECT_THAT(machine->state.directories, IsEmpty());
}

}  // namespace
}  // namespace kw::agent
