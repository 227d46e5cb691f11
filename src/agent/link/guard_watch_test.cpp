#include "agent/link/guard_watch.h"

#include <gtest/gtest.h>

namespace kw::agent {
namespace {

using namespace std::chrono_literals;

struct GuardWatchTest : ::testing::Test {
  Duration now{1h};
  GuardWatch watch{now};
  /// pass returns whether the guard was called lost meanwhile.
  bool pass(Duration by, bool busy = false) {
    bool out = false;
    for (const auto end = now + by; now < end;) {
      now += kBeatEvery;
      out = watch.tick(now, busy) || out;
    }
    return out;
  }
};

TEST_F(GuardWatchTest, ASilentGuardIsLostWithinThreeSecondsAndMayComeBack) {
  EXPECT_FALSE(pass(2s));
  EXPECT_TRUE(pass(500ms));
  EXPECT_EQ(watch.state(), GuardWatch::State::alone);
  EXPECT_FALSE(pass(1s)) << "told once";
  watch.heard(now);
  EXPECT_EQ(watch.state(), GuardWatch::State::together);
}

TEST_F(GuardWatchTest, ADeadGuardIsLostAtOnceAndForGood) {
  watch.gone(now);
  EXPECT_EQ(watch.state(), GuardWatch::State::alone);
  EXPECT_TRUE(watch.is_gone());
  watch.heard(now);
  EXPECT_EQ(watch.state(), GuardWatch::State::alone);
  watch.told();
  EXPECT_EQ(watch.state(), GuardWatch::State::ended);
  watch.heard(now);
  watch.gone(now);
  EXPECT_FALSE(pass(20s));
  EXPECT_EQ(watch.state(), GuardWatch::State::ended);
}

TEST_F(GuardWatchTest, NobodyStaysAloneForLong) {
  ASSERT_TRUE(pass(3s));
  pass(9s);
  EXPECT_EQ(watch.state(), GuardWatch::State::alone);
  pass(2s);
  EXPECT_EQ(watch.state(), GuardWatch::State::ended);
}

TEST_F(GuardWatchTest, AGuardThatAppliesAPolicyHasLonger) {
  EXPECT_FALSE(pass(9s, true));
  EXPECT_TRUE(pass(2s, true));
}

TEST_F(GuardWatchTest, AProcessThatWasNotRunItselfAccusesNobody) {
  now += 1h;
  EXPECT_FALSE(watch.tick(now, false));
  EXPECT_FALSE(pass(2s));
}

TEST_F(GuardWatchTest, ToldMeansNothingWhileTogether) {
  watch.told();
  EXPECT_EQ(watch.state(), GuardWatch::State::together);
}

}  // namespace
}  // namespace kw::agent
