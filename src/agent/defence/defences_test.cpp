#include "agent/defence/defences.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "agent/testing/kiosk.h"

namespace kw::agent {
namespace {

using testing::must;

/// A section that does what the test says and remembers what it was told.
struct Scripted final : device::Defence {
  std::string_view section() const noexcept override { return "peripherals"; }
  Result<> start(device::DefenceHost& h) override {
    host = &h;
    return start_answer;
  }
  Result<> configure(const v1::PolicyBundle& policy) override {
    modes.push_back(policy.peripherals().mode());
    return configure_answer;
  }
  void tick() override { ++ticks; }
  void released() override { ++releases; }
  std::string session_began() override { return "/run/session/" + std::to_string(sessions); }
  void session_ended() override { ++sessions; }
  bool holds() const override { return held; }
  void stop() override { stopped = true; }
  device::DefenceHost* host = nullptr;
  Result<> start_answer, configure_answer;
  std::vector<v1::Mode> modes;
  int ticks = 0, releases = 0, sessions = 0;
  bool held = true, stopped = false;
};

class DefencesTest : public ::testing::Test {
 protected:
  std::unique_ptr<Defences> make() {
    auto part = std::make_unique<Scripted>();
    scripted = part.get();
    std::vector<std::unique_ptr<device::Defence>> parts;
    parts.push_back(std::move(part));
    return std::make_unique<Defences>(io.get_executor(), Defences::Ports{state, clock, random, log}, std::move(parts));
  }
  Defences::Hooks hooks() {
    return {[this](v1::Event event) { events.push_back(std::move(event)); },
            [this](const std::string& key, const std::string& value, const std::string&) { facts[key] = value; },
            [](const std::string&) { return RawId{7}; }, [](const std::string&, Bytes) {}};
  }
  static v1::PolicyBundle policy(v1::Mode mode) {
    v1::PolicyBundle out;
    out.mutable_peripherals()->set_mode(mode);
    return out;
  }
  boost::asio::io_context io;
  testing::TempDir dir;
  StateDirectory state = must(StateDirectory::open(dir.path()));
  testing::SettableClock clock;
  crypto::SystemRandom random;
  NullLog log;
  Scripted* scripted = nullptr;
  std::vector<v1::Event> events;
  std::map<std::string, std::string> facts;
};

TEST_F(DefencesTest, a_section_that_cannot_start_is_told_once_and_left_out) {
  auto all = make();
  scripted->start_answer = fail(Errc::unavailable, "no bus");
  all->start(hooks());
  all->configure(policy(v1::ENFORCE), false);
  all->configure(policy(v1::ENFORCE), false);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type(), "agent.section.failed");
  EXPECT_EQ(events[0].params().at("reason"), "unavailable: no bus");
}
TEST_F(DefencesTest, a_failure_is_told_again_only_after_it_was_mended) {
  auto all = make();
  all->start(hooks());
  scripted->configure_answer = fail(Errc::io, "bus");
  all->configure(policy(v1::ENFORCE), false);
  all->configure(policy(v1::ENFORCE), false);
  EXPECT_EQ(events.size(), 1U);
  scripted->configure_answer = {};
  all->configure(policy(v1::ENFORCE), false);
  scripted->configure_answer = fail(Errc::io, "bus");
  all->configure(policy(v1::ENFORCE), false);
  EXPECT_EQ(events.size(), 2U);
}
TEST_F(DefencesTest, a_machine_that_may_not_enforce_watches) {
  auto all = make();
  all->start(hooks());
  all->configure(policy(v1::ENFORCE), true);
  all->configure(policy(v1::OFF), true);
  all->configure(policy(v1::ENFORCE), false);
  EXPECT_EQ(scripted->modes, (std::vector<v1::Mode>{v1::WATCH, v1::OFF, v1::ENFORCE}));
}
TEST_F(DefencesTest, a_policy_that_asks_for_a_section_which_is_not_here_is_told) {
  Defences none(io.get_executor(), Defences::Ports{state, clock, random, log}, {});
  none.start(hooks());
  none.configure(policy(v1::WATCH), false);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].params().at("section"), "peripherals");
}
TEST_F(DefencesTest, watched_descriptors_call_until_unwatched_and_stay_open) {
  auto all = make();
  all->start(hooks());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  int calls = 0;
  all->watch(ends[0], [&] {
    char octet = 0;
    ASSERT_EQ(::read(ends[0], &octet, 1), 1);
    if (++calls == 2) all->unwatch(ends[0]);
  });
  ASSERT_EQ(::write(ends[1], "abc", 3), 3);
  io.run();  // ends when nothing is watched any more
  EXPECT_EQ(calls, 2);
  char left = 0;
  EXPECT_EQ(::read(ends[0], &left, 1), 1);
  ::close(ends[0]);
  ::close(ends[1]);
}
TEST_F(DefencesTest, nothing_posted_runs_after_the_end) {
  auto all = make();
  all->start(hooks());
  bool ran = false;
  scripted->host->post([&] { ran = true; });
  all->stop();
  EXPECT_TRUE(scripted->stopped);
  io.run();
  EXPECT_FALSE(ran);
}
TEST_F(DefencesTest, orders_and_baselines_for_nobody_are_refused) {
  auto all = make();
  all->start(hooks());
  v1::Order order;
  order.set_section("nobody");
  EXPECT_EQ(all->order(order).code(), Errc::not_found);
  v1::Baseline baseline;
  baseline.set_section("nobody");
  EXPECT_EQ(all->baseline(baseline).code(), Errc::not_found);
}
TEST_F(DefencesTest, the_whole_holds_when_each_part_does) {
  auto all = make();
  all->start(hooks());
  EXPECT_TRUE(all->holds());
  scripted->held = false;
  EXPECT_FALSE(all->holds());
  all->released();
  EXPECT_EQ(all->session_began(), "/run/session/0");
  all->session_ended();
  EXPECT_EQ(all->asked("peripherals", "drill").code(), Errc::unsupported);
  EXPECT_EQ(all->asked("nothing", "drill").code(), Errc::not_found);
  EXPECT_EQ(scripted->releases, 1);
  EXPECT_EQ(scripted->sessions, 1);
  EXPECT_EQ(std::filesystem::status(must(all->state_path("peripherals"))).permissions(),
            std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace kw::agent
