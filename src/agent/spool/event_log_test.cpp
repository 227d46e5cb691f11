#include "agent/spool/event_log.h"

#include <gtest/gtest.h>

#include "agent/spool/memory_files.h"
#include "crypto/random.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {
namespace {

struct EventLogTest : ::testing::Test {
  /// stored records one event and gives what the spool holds.
  std::vector<v1::Event> stored(v1::Event event) {
    EventLog log(*spool, clock, random, null);
    log.record(std::move(event));
    EXPECT_TRUE(log.wait_stored(std::chrono::seconds(10)));
    auto events = spool->read_from(1, 256);
    EXPECT_TRUE(events) << (events ? "" : events.error().text());
    return events ? std::move(*events) : std::vector<v1::Event>();
  }
  MemoryFiles files;
  crypto::SystemRandom random;
  platform::SystemClock clock;
  NullLog null;
  std::unique_ptr<Spool> spool = Spool::open(files, SecretBytes::copy_of(Bytes(32, 7)), random, {}).value();
};

/// A process may name itself with any octets (prctl), and malware would: such an event could not be read back, and the
/// spool took it for damage.
TEST_F(EventLogTest, AProcessCannotHideBehindAName) {
  const auto events = stored(make_event("net.outbound.illegal", "blocked",
                                        {{"process",
                                          "\xff\xfe"
                                          "evil"},
                                         {"destination", "203.0.113.9"}}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().params().at("process"), "??evil");
  EXPECT_EQ(events.front().params().at("destination"), "203.0.113.9");
}

TEST_F(EventLogTest, ALongValueIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "字";
  const auto events = stored(make_event("net.drop", "blocked", {{"process", text}}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().params().at("process"), text.substr(0, 510));
}

}  // namespace
}  // namespace kw::agent
