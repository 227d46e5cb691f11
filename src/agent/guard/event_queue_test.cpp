#include "agent/guard/event_queue.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/random.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {
namespace {

struct EventQueueTest : ::testing::Test {
  platform::SystemClock clock;
  crypto::SystemRandom random;
  NullLog log;
  EventQueue queue{clock, random, log};

  void harmless(int n = 1) {
    for (int i = 0; i < n; ++i) queue.record(make_event("notice.shown", "success", {{"display", "browser"}}));
  }
  void grave(int n = 1) {
    for (int i = 0; i < n; ++i) queue.record(make_event("policy.drift", "blocked", {{"table", "t"}}));
  }
  /// Takes everything as a link process does, telling after each batch that it is stored.
  std::vector<v1::Event> drain() {
    std::vector<v1::Event> out;
    while (auto batch = queue.next(256)) {
      for (const auto& event : batch->events()) out.push_back(event);
      EXPECT_TRUE(queue.stored(batch->first() + static_cast<std::uint64_t>(batch->events_size()) - 1));
    }
    return out;
  }
};

TEST_F(EventQueueTest, GivesEachOnceInOrderAndForgetsWhatIsStored) {
  harmless(3);
  const auto batch = queue.next(2);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->first(), 1U);
  EXPECT_EQ(batch->events_size(), 2);
  EXPECT_EQ(batch->events(0).id().size(), 16U);
  EXPECT_EQ(queue.next(2)->first(), 3U);
  EXPECT_FALSE(queue.next(2));
  EXPECT_EQ(queue.waiting(), 3U) << "sent is not stored";
  EXPECT_TRUE(queue.stored(2));
  EXPECT_EQ(queue.waiting(), 1U);
  EXPECT_TRUE(queue.stored(2)) << "told twice";
  EXPECT_TRUE(queue.stored(3));
  EXPECT_EQ(queue.waiting(), 0U);
}

TEST_F(EventQueueTest, AnotherLinkProcessGetsEverythingAgainUnderTheSameIds) {
  harmless(2);
  const auto first = queue.next(256);
  queue.start_over();
  harmless();
  const auto again = queue.next(256);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->events_size(), 3);
  EXPECT_EQ(again->events(0).id(), first->events(0).id());
  EXPECT_EQ(again->events(1).id(), first->events(1).id());
}

TEST_F(EventQueueTest, RefusesToHearOfWhatWasNeverSent) {
  harmless(2);
  EXPECT_EQ(queue.stored(1).code(), Errc::malformed);
  static_cast<void>(queue.next(1));
  EXPECT_EQ(queue.stored(2).code(), Errc::malformed);
  EXPECT_TRUE(queue.stored(1));
  EXPECT_EQ(queue.stored(99).code(), Errc::malformed);
  EXPECT_EQ(queue.waiting(), 1U);
}

TEST_F(EventQueueTest, NoMoreThanAWindowIsUnderWay) {
  harmless(EventQueue::kWindow + 10);
  std::size_t sent = 0;
  while (auto batch = queue.next(256)) sent += static_cast<std::size_t>(batch->events_size());
  EXPECT_EQ(sent, EventQueue::kWindow);
  EXPECT_TRUE(queue.stored(5));
  EXPECT_EQ(queue.next(256)->events_size(), 5);
}

// What users of other agents complain of most: queues that overflow in silence, and lose what matters.
TEST_F(EventQueueTest, SilentQueueOverflow) {
  harmless(EventQueue::kMost);
  grave(100);
  harmless(50);
  EXPECT_EQ(queue.waiting(), EventQueue::kMost);
  EXPECT_EQ(queue.dropped(), 150U);
  const auto all = drain();
  int serious_ones = 0, told = 0;
  std::set<std::string> ids;
  for (const auto& event : all) {
    EXPECT_TRUE(ids.insert(event.id()).second);
    serious_ones += event.type() == "policy.drift" ? 1 : 0;
    if (event.type() != "agent.spool.damaged") continue;
    ++told;
    EXPECT_EQ(event.params().at("dropped"), "150");
  }
  EXPECT_EQ(serious_ones, 100) << "serious ones are the last to be dropped";
  EXPECT_EQ(told, 1) << "drops are counted and told";
  EXPECT_EQ(queue.dropped(), 0U);
}

TEST_F(EventQueueTest, OnlySeriousOnesAreDroppedWhenOnlySeriousOnesWait) {
  grave(EventQueue::kMost + 7);
  EXPECT_EQ(queue.waiting(), EventQueue::kMost);
  EXPECT_EQ(queue.dropped(), 7U);
}

TEST_F(EventQueueTest, WhatIsUnderWayKeepsItsNumberWhenOthersAreDropped) {
  harmless(EventQueue::kMost);
  const auto sent = queue.next(256);
  grave(10);
  EXPECT_EQ(queue.next(256)->first(), 257U) << "no hole";
  EXPECT_TRUE(queue.stored(sent->first() + 255));
}

TEST_F(EventQueueTest, AnEventThatTheCatalogueDoesNotKnowIsRefused) {
  queue.record(make_event("no.such.type", "success"));
  queue.record(make_event("notice.shown", "success", {{"nonsense", "x"}}));
  EXPECT_EQ(queue.waiting(), 0U);
}

TEST_F(EventQueueTest, TellsThatSomethingWaits) {
  int calls = 0;
  queue.on_waiting([&] { ++calls; });
  harmless();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace kw::agent
