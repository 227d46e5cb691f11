#include "server/link/refusal_throttle.h"

#include <gtest/gtest.h>

namespace kw::server {
namespace {

using namespace std::chrono_literals;

struct TwoClocks final : Clock {
  [[nodiscard]] Timestamp now() const override { return wall; }
  [[nodiscard]] Duration steady() const override { return since_boot; }
  Timestamp wall = Timestamp::from_seconds(1'795'000'000);
  Duration since_boot = 10s;
};

struct Throttle : ::testing::Test {
  unsigned let(const std::string& who, const std::string& type, int times) {
    unsigned out = 0;
    for (int i = 0; i < times; ++i) out += throttle.lets(who, type) ? 1U : 0U;
    return out;
  }
  TwoClocks clock;
  RefusalThrottle throttle{clock};
};

TEST_F(Throttle, LetsTwentyOfAKindAMinute) {
  EXPECT_EQ(let("a", "wrong_ip", 30), 20u);
  EXPECT_EQ(let("a", "wrong_mac", 30), 20u);
  EXPECT_EQ(let("b", "wrong_ip", 30), 20u);
  clock.since_boot += 60s;
  EXPECT_EQ(let("a", "wrong_ip", 1), 0u) << "not over yet";
  clock.since_boot += 1ns;
  EXPECT_EQ(let("a", "wrong_ip", 30), 20u);
}

TEST_F(Throttle, AWallClockThatIsSetSilencesNothing) {
  EXPECT_EQ(let("a", "wrong_ip", 30), 20u);
  clock.wall = clock.wall - 24h;
  clock.since_boot += 61s;
  EXPECT_EQ(let("a", "wrong_ip", 30), 20u);
}

TEST_F(Throttle, ACrowdSharesOneWindowAndLeavesTheOthersTheirs) {
  EXPECT_EQ(let("first", "wrong_ip", 1), 1u);
  for (std::size_t i = 1; i < RefusalThrottle::kMostWindows; ++i) throttle.lets(std::to_string(i), "x");
  EXPECT_EQ(let("one more", "wrong_ip", 15) + let("another", "wrong_ip", 15), 20u);
  EXPECT_EQ(let("first", "wrong_ip", 30), 19u);
  clock.since_boot += 61s;
  EXPECT_EQ(let("one more", "wrong_ip", 30), 20u) << "a window of its own again";
}

}  // namespace
}  // namespace kw::server
