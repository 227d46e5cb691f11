#include "bench/fleet/script.h"

#include <gtest/gtest.h>

#include <set>

#include "agent/events.h"
#include "bench/fleet/tokens.h"
#include "bench/fleet/waiting.h"
#include "crypto/random.h"
#include "platform/linux/system_clock.h"

namespace kw::fleet {
namespace {

const Place kPlace{"198.18.64.11"};

std::string octets(const std::vector<PastEvent>& past) {
  std::string out;
  for (const auto& one : past) out += std::to_string(one.ago.count()) + one.event.SerializePartialAsString();
  return out;
}

/// good: the catalogue takes it, and nothing was cut off.
::testing::AssertionResult good(v1::Event event) {
  const platform::SystemClock clock;
  crypto::SystemRandom random;
  const auto done = agent::complete_event(event, v1::CLOCK_SYNCHRONISED, clock, random);
  return done ? ::testing::AssertionSuccess()
              : ::testing::AssertionFailure() << event.type() << ": " << done.error().text();
}

TEST(FleetScript, OneSeedOneHistory) {
  Rates rates;
  rates.history_days = 30;
  rates.history_events = 40;
  Dice a(7, kPlace.address), b(7, kPlace.address), c(7, "198.18.64.12"), d(8, kPlace.address);
  const auto once = history_of(rates, kPlace, a);
  EXPECT_EQ(once.size(), history_of(rates, kPlace, b).size());
  EXPECT_NE(octets(once), octets(history_of(rates, kPlace, c))) << "another kiosk";
  EXPECT_NE(octets(once), octets(history_of(rates, kPlace, d))) << "another seed";
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_TRUE(good(once[i].event));
    EXPECT_GT(once[i].ago, Duration(0)) << "nothing of the future";
    if (i > 0) {
      EXPECT_GE(once[i - 1].ago, once[i].ago) << "oldest first";
    }
  }
}

TEST(FleetScript, EveryCutOfThePastIsOver) {
  Rates rates;
  rates.history_days = 365;
  std::size_t cuts = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Dice dice(seed, kPlace.address);
    std::set<std::string> open;
    for (const auto& one : history_of(rates, kPlace, dice)) {
      if (one.event.type() == "net.cut") open.insert(one.event.case_id());
      if (one.event.type() == "net.cut") ++cuts;
      if (one.event.type() == "net.released") open.erase(one.event.case_id());
    }
    EXPECT_TRUE(open.empty());
  }
  EXPECT_GT(cuts, 0U);
}

TEST(FleetScript, TheCatalogueTakesWhatActsTell) {
  Dice dice(1, kPlace.address);
  for (const auto act : {Act::offline, Act::illegal_outbound, Act::new_interface, Act::malware, Act::camera_covered,
                         Act::slow_heartbeat, Act::hardware_changed}) {
    const auto told = begin_of(act, kPlace, dice);
    for (const auto& event : told.events) EXPECT_TRUE(good(event));
    for (const auto& event : end_of(act, Seconds(3))) EXPECT_TRUE(good(event));
    EXPECT_EQ(!told.case_id.empty(), act == Act::illegal_outbound || act == Act::new_interface);
  }
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(good(ordinary_event(kPlace, dice)));
}

TEST(FleetScript, GapsAreAsLongAsTheRateSays) {
  Dice dice(3, kPlace.address);
  Duration sum{0};
  for (int i = 0; i < 4000; ++i) sum += dice.gap(60);
  EXPECT_NEAR(std::chrono::duration<double>(sum).count() / 4000, 60.0, 4.0);
  EXPECT_EQ(dice.gap(0), std::chrono::hours(24));
}

TEST(FleetWaiting, IsBoundedAndSendsFromAnySequence) {
  Waiting waiting;
  EXPECT_EQ(waiting.batch_from(1).events_size(), 0);
  for (std::size_t i = 0; i < Waiting::kMost + 3; ++i) waiting.add({});
  EXPECT_EQ(waiting.dropped(), 3U);
  EXPECT_EQ(waiting.batch_from(1).events_size(), static_cast<int>(Waiting::kBatch));
  waiting.acknowledge(300);
  EXPECT_EQ(waiting.acknowledged(), 300U);
  EXPECT_EQ(waiting.batch_from(1).events(0).sequence(), 301U) << "acknowledged ones are gone";
  EXPECT_EQ(waiting.batch_from(Waiting::kMost).events_size(), 1);
  EXPECT_EQ(waiting.batch_from(Waiting::kMost + 1).events_size(), 0);
  waiting.acknowledge(Waiting::kMost);
  EXPECT_EQ(waiting.size(), 0U);
  EXPECT_EQ(waiting.next(), Waiting::kMost + 1);
}

TEST(FleetTokens, AreLinesOfAddressAndToken) {
  const auto tokens = parse_tokens("198.18.64.11 kw-A\n\n198.18.64.12 kw-B");
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->at("198.18.64.12"), "kw-B");
  for (const auto* wrong : {"198.18.64.11", " kw-A", "a b c", "a \n", "a b\na c\n"})
    EXPECT_EQ(parse_tokens(wrong).code(), Errc::malformed) << wrong;
}

}  // namespace
}  // namespace kw::fleet
