#include "agent/guard/link_watch.h"

#include <gtest/gtest.h>

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using Step = LinkWatch::Step;

struct LinkWatchTest : ::testing::Test {
  LinkWatch watch;
  Duration now{1h};
  /// pass lets time go by as a guard does that is run: a tick every half second. Returns the first step that is wanted.
  Step pass(Duration by) {
    Step out = Step::none;
    for (const auto end = now + by; now < end;) {
      now += kBeatEvery;
      const auto tick = watch.tick(now);
      EXPECT_EQ(tick.away.count(), 0);
      if (out == Step::none) out = tick.step;
    }
    return out;
  }
  void together() {
    ASSERT_EQ(watch.tick(now).step, Step::spawn);
    ASSERT_TRUE(watch.spawned(now));
    watch.heard(now);
    ASSERT_EQ(watch.state(), LinkWatch::State::together);
  }
};

TEST_F(LinkWatchTest, EveryStateTakesWhatItsRowSaysAndRefusesTheRest) {
  EXPECT_EQ(watch.state(), LinkWatch::State::waiting);
  EXPECT_EQ(watch.lost(now).code(), Errc::wrong_state);
  watch.heard(now);
  EXPECT_EQ(watch.state(), LinkWatch::State::waiting) << "a word of one that was given up";
  EXPECT_EQ(watch.tick(now).step, Step::spawn);
  EXPECT_TRUE(watch.spawned(now));
  EXPECT_EQ(watch.state(), LinkWatch::State::starting);
  EXPECT_EQ(watch.spawned(now).code(), Errc::wrong_state);
  watch.heard(now);
  EXPECT_EQ(watch.state(), LinkWatch::State::together);
  EXPECT_EQ(watch.spawned(now).code(), Errc::wrong_state);
  watch.heard(now);
  EXPECT_EQ(watch.state(), LinkWatch::State::together);
  EXPECT_TRUE(watch.lost(now));
  EXPECT_EQ(watch.state(), LinkWatch::State::waiting);
  EXPECT_TRUE(watch.spawned(now));
  EXPECT_TRUE(watch.lost(now)) << "while starting";
}

TEST_F(LinkWatchTest, ASilentOneIsLookedAtWithinThreeSecondsAndAgainUntilItIsGivenUp) {
  together();
  EXPECT_EQ(pass(1500ms), Step::none);
  EXPECT_EQ(pass(1s), Step::look);
  EXPECT_EQ(pass(500ms), Step::look);
  watch.heard(now);
  EXPECT_EQ(pass(1500ms), Step::none) << "it spoke";
}

TEST_F(LinkWatchTest, OneThatStartsHasLonger) {
  ASSERT_EQ(watch.tick(now).step, Step::spawn);
  ASSERT_TRUE(watch.spawned(now));
  EXPECT_EQ(pass(14s), Step::none);
  EXPECT_EQ(pass(2s), Step::look);
}

TEST_F(LinkWatchTest, AGuardThatWasNotRunItselfAccusesNobody) {
  together();
  now += 1h;  // the machine slept, or this process was stopped
  const auto tick = watch.tick(now);
  EXPECT_EQ(tick.step, Step::none);
  EXPECT_EQ(tick.away, 1h);
  EXPECT_EQ(pass(1500ms), Step::none) << "silence counts from now on";
  EXPECT_EQ(pass(1s), Step::look);
}

TEST_F(LinkWatchTest, AfterAHealthyRunTheNextStartIsAtOnceAndOtherwiseTheWaitDoubles) {
  together();
  for (int i = 0; i < 40; ++i) {
    pass(500ms);
    watch.heard(now);
  }
  ASSERT_TRUE(watch.lost(now));
  EXPECT_EQ(watch.due(), now);
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(watch.spawned(now));
    watch.heard(now);
    ASSERT_TRUE(watch.lost(now));
    waits.push_back((watch.due() - now) / 1ms);
    now = watch.due();
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000}));
  watch.spawn_failed(now);
  EXPECT_EQ((watch.due() - now) / 1ms, 10000);
}

}  // namespace
}  // namespace kw::agent
