#include "agent/defence/system_drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "agent/testing/defence_bench.h"
#include "device/drill/boundary.h"
#include "platform/recorded/recorded_helper.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class PlayedDrill final : public HelperStarter {
 public:
  explicit PlayedDrill(platform::UniqueFd& theirs) : theirs_(theirs) {}
  Result<std::unique_ptr<HelperProcess>> start() override { return platform::record_helper(theirs_); }

 private:
  platform::UniqueFd& theirs_;
};

class SystemDrillTest : public ::testing::Test {
 protected:
  SystemDrillTest() {
    DrillPlaces places;
    places.api_host = "127.0.0.1";
    places.api_port = 8671;
    places.guard = 4711;
    drill = std::make_unique<SystemDrill>(SystemDrill::Ports{std::make_unique<PlayedDrill>(theirs), places});
    drill->start(bench, {[this] { return ++begun, std::string("/session/00"); }, [this] { ++ended; },
                         [this] { return open; }, [this] { return purged; },
                         [] { return std::vector<std::string>{"kiosk"}; }, [this](Timestamp now) { last = now; }});
    policy.set_mode(v1::ENFORCE);
    policy.mutable_drill()->set_matter("permit");
    drill->configure(policy);
  }
  ~SystemDrillTest() override { drill->stop(); }
  /// What the guard said to the process next; questions are left out.
  v1::DrillCommand heard() {
    Bytes packet(kMostDrillPacket);
    for (;;) {
      const auto n = ::recv(theirs.get(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (n <= 0) return {};
      auto command = parse_drill_command(ByteView(packet).first(static_cast<std::size_t>(n)));
      EXPECT_TRUE(command);
      if (command && !command->has_ask()) return *command;
    }
  }
  void say(v1::DrillNews news) {
    const auto octets = encode_drill(std::move(news));
    ASSERT_EQ(::send(theirs.get(), octets.data(), octets.size(), MSG_NOSIGNAL), static_cast<ssize_t>(octets.size()));
    hear();
  }
  void hear() {
    const auto ready = bench.watched;
    for (const auto& one : ready) one.second();
  }
  void planted(bool session) {
    v1::DrillNews news;
    news.mutable_planted()->set_session(session);
    say(std::move(news));
  }
  void report(std::uint64_t hits) {
    v1::DrillNews news;
    auto& out = *news.mutable_report();
    out.set_hits_in_all(hits);
    if (hits > 0) {
      auto& hit = *out.add_hits();
      hit.set_canary(v1::DrillPlanting::BODY);
      hit.set_place("memory");
      hit.set_part("812 browser");
    }
    say(std::move(news));
  }
  void pass(Duration time) {
    bench.ahead += time;
    drill->tick(last);
    hear();
  }

  platform::UniqueFd theirs;
  testing::DefenceBench bench;
  v1::SystemPolicy policy;
  std::unique_ptr<SystemDrill> drill;
  Timestamp last{0};
  int begun = 0, ended = 0;
  bool open = false, purged = true;
};

TEST_F(SystemDrillTest, a_drill_from_its_task_to_its_entry) {
  EXPECT_EQ(drill->result(), "none");
  ASSERT_TRUE(drill->begin());
  EXPECT_EQ(drill->result(), "running");
  const auto task = heard().task();
  EXPECT_EQ(task.matter(), "permit");
  EXPECT_EQ(task.api_port(), 8671U);
  EXPECT_EQ(task.guard(), 4711);
  EXPECT_EQ(begun, 0) << "the program begins the session itself";
  purged = false;
  planted(true);
  EXPECT_EQ(ended, 0) << "and has ended it";
  pass(4s);
  EXPECT_FALSE(heard().has_search()) << "the purge is under way";
  purged = true;
  pass(1s);
  EXPECT_TRUE(heard().has_search());
  report(0);
  EXPECT_THAT(drill->result(), ::testing::MatchesRegex("clean [0-9a-f]{32}\n(.|\n)*report [0-9a-f]{64}"));
  ASSERT_EQ(bench.types(), std::vector<std::string>{"privacy.drill.done"});
  EXPECT_THAT(drill->result(), HasSubstr(to_hex(bytes_of(bench.events[0].id()))));
  EXPECT_THAT(drill->result(), HasSubstr(bench.events[0].params().at("digest")));
  EXPECT_GT(last, Timestamp{});
  theirs.reset();
  hear();
  EXPECT_EQ(bench.events.size(), 1U) << "its end is no failure now";
  EXPECT_TRUE(bench.watched.empty());
}
TEST_F(SystemDrillTest, what_is_found_is_an_alarm) {
  ASSERT_TRUE(drill->begin());
  planted(true);
  pass(4s);
  report(3);
  EXPECT_EQ(bench.types(), (std::vector<std::string>{"privacy.drill.done", "privacy.drill.found"}));
  EXPECT_EQ(bench.events[0].result(), "failed");
  EXPECT_THAT(drill->result(), StartsWith("found "));
  EXPECT_THAT(drill->result(), HasSubstr("memory, 812 browser"));
}
TEST_F(SystemDrillTest, without_a_matter_the_session_is_the_guards_own) {
  policy.mutable_drill()->clear_matter();
  drill->configure(policy);
  ASSERT_TRUE(drill->begin());
  EXPECT_EQ(begun, 1);
  const auto task = heard().task();
  EXPECT_EQ(task.directory(), "/session/00");
  EXPECT_EQ(task.api_host(), "");
  planted(false);
  EXPECT_EQ(ended, 1);
}
TEST_F(SystemDrillTest, one_that_ends_early_is_told_and_its_session_goes) {
  ASSERT_TRUE(drill->begin());
  theirs.reset();
  hear();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"privacy.drill.failed"});
  EXPECT_EQ(ended, 1);
  EXPECT_THAT(drill->result(), StartsWith("failed "));
  ASSERT_TRUE(drill->begin()) << "another one may be tried";
}
TEST_F(SystemDrillTest, one_that_says_what_nobody_asked_is_given_up) {
  ASSERT_TRUE(drill->begin());
  report(0);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"privacy.drill.failed"});
}
TEST_F(SystemDrillTest, it_is_refused_while_somebody_is_at_the_kiosk_or_another_runs) {
  open = true;
  EXPECT_EQ(drill->begin().code(), Errc::wrong_state);
  open = false;
  ASSERT_TRUE(drill->begin());
  EXPECT_EQ(drill->begin().code(), Errc::wrong_state);
  policy.set_mode(v1::OFF);
  drill->configure(policy);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"privacy.drill.failed"});
  EXPECT_EQ(drill->begin().code(), Errc::wrong_state);
}
TEST_F(SystemDrillTest, by_schedule_once_the_kiosk_is_quiet) {
  policy.mutable_drill()->set_days(7);
  drill->configure(policy);
  last = bench.now().utc - std::chrono::hours(6 * 24);
  pass(20min);
  EXPECT_EQ(drill->result(), "none") << "it is not due";
  last = bench.now().utc - std::chrono::hours(8 * 24);
  open = true;
  pass(1h);
  open = false;
  pass(9min);
  EXPECT_EQ(drill->result(), "none") << "somebody was there nine minutes ago";
  drill->session_seen();
  pass(9min);
  EXPECT_EQ(drill->result(), "none");
  pass(2min);
  EXPECT_EQ(drill->result(), "running");
  theirs.reset();
  hear();
  pass(30min);
  EXPECT_THAT(drill->result(), StartsWith("failed")) << "not at once again";
  pass(31min);
  EXPECT_EQ(drill->result(), "running");
}

}  // namespace
}  // namespace kw::agent
