#include "agent/guard/media_queue.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;

struct StandingClock final : Clock {
  [[nodiscard]] Timestamp now() const override { return Timestamp{1} + at; }
  [[nodiscard]] Duration steady() const override { return at; }
  Duration at{1s};
};

struct Ear final : EventSink {
  void record(v1::Event event) override { events.push_back(std::move(event)); }
  void set_clock_state(v1::ClockState) override {}
  std::vector<v1::Event> events;
};

struct MediaQueueTest : ::testing::Test {
  static v1::Media piece(const std::string& kind, std::uint64_t sequence, bool last = false, std::size_t size = 8,
                         char order = 'o') {
    v1::Media out;
    out.set_order_id(std::string(16, order));
    out.set_section("camera");
    out.set_kind(kind);
    out.set_sequence(sequence);
    out.set_last(last);
    out.set_data(std::string(size, 'd'));
    return out;
  }
  Result<> answer(std::uint64_t number, const std::string& outcome, const std::string& reason = "") {
    v1::MediaDone out;
    out.set_number(number);
    out.set_outcome(outcome);
    out.set_reason(reason);
    return queue.done(out);
  }
  /// next gives the sequence of the piece that goes now, -1 for none; its number is kept.
  std::int64_t next() {
    const auto out = queue.next();
    if (!out) return -1;
    number = out->number();
    return static_cast<std::int64_t>(out->piece().sequence());
  }
  StandingClock clock;
  Ear ear;
  NullLog log;
  MediaQueue queue{ear, clock, log};
  std::uint64_t number = 0;
};

TEST_F(MediaQueueTest, GivesOnePieceAtATimeAndTellsWhenAllIsThere) {
  EXPECT_TRUE(queue.offer(piece("snapshot", 0)));
  EXPECT_TRUE(queue.offer(piece("snapshot", 1, true)));
  EXPECT_EQ(next(), 0);
  EXPECT_EQ(next(), -1) << "one is under way";
  ASSERT_TRUE(answer(number, "taken"));
  EXPECT_TRUE(ear.events.empty());
  EXPECT_EQ(next(), 1);
  ASSERT_TRUE(answer(number, "taken"));
  ASSERT_EQ(ear.events.size(), 1U);
  EXPECT_EQ(ear.events[0].type(), "media.sent");
  EXPECT_EQ(ear.events[0].params().at("pieces"), "2");
  EXPECT_EQ(next(), -1);
}

TEST_F(MediaQueueTest, DropsTheOldestLiveFramesAndCountsThemButKeepsTheLast) {
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(queue.offer(piece("live", i)));
  EXPECT_TRUE(queue.offer(piece("live", 10, true)));
  EXPECT_EQ(queue.waiting(), MediaQueue::kMostLive);
  EXPECT_EQ(queue.dropped(), 7U);
  for (const std::int64_t wanted : {7, 8, 9, 10}) {
    EXPECT_EQ(next(), wanted);
    ASSERT_TRUE(answer(number, "taken"));
  }
  ASSERT_EQ(ear.events.size(), 1U);
  EXPECT_EQ(ear.events[0].params().at("dropped"), "7");
}

TEST_F(MediaQueueTest, AFrameThatIsTooOldIsWorthNothing) {
  EXPECT_TRUE(queue.offer(piece("live", 0)));
  EXPECT_TRUE(queue.offer(piece("live", 1, true)));
  clock.at += MediaQueue::kStale + 1ms;
  EXPECT_EQ(next(), 1) << "the end of a view is never too old";
  EXPECT_EQ(queue.dropped(), 1U);
}

TEST_F(MediaQueueTest, TakesNoMoreOfAClipThanItsRoom) {
  std::uint64_t taken = 0;
  while (queue.offer(piece("clip", taken, false, MediaQueue::kMostPiece))) ++taken;
  EXPECT_EQ(taken, MediaQueue::kMostOctets / MediaQueue::kMostPiece);
  EXPECT_EQ(next(), 0);
  EXPECT_FALSE(queue.offer(piece("clip", taken, false, MediaQueue::kMostPiece))) << "what is under way needs room too";
  ASSERT_TRUE(answer(number, "taken"));
  EXPECT_TRUE(queue.offer(piece("clip", taken, false, MediaQueue::kMostPiece)));
}

TEST_F(MediaQueueTest, AClipAndALiveViewGoByTurns) {
  EXPECT_TRUE(queue.offer(piece("clip", 100)));
  EXPECT_TRUE(queue.offer(piece("clip", 101)));
  EXPECT_TRUE(queue.offer(piece("live", 0)));
  EXPECT_TRUE(queue.offer(piece("live", 1)));
  std::vector<std::int64_t> order;
  for (auto sequence = next(); sequence >= 0; sequence = next()) {
    order.push_back(sequence);
    ASSERT_TRUE(answer(number, "taken"));
  }
  EXPECT_EQ(order, (std::vector<std::int64_t>{0, 100, 1, 101}));
}

TEST_F(MediaQueueTest, AnOrderThatIsRefusedIsOverAndToldOnce) {
  EXPECT_TRUE(queue.offer(piece("clip", 0, false, MediaQueue::kMostPiece)));
  EXPECT_TRUE(queue.offer(piece("clip", 1, false, MediaQueue::kMostPiece)));
  EXPECT_TRUE(queue.offer(piece("clip", 0, true, 8, 'p')));
  EXPECT_EQ(next(), 0);
  ASSERT_TRUE(answer(number, "refused", "full"));
  EXPECT_TRUE(queue.offer(piece("clip", 2)));
  EXPECT_EQ(queue.waiting(), 1U) << "the other order's piece";
  ASSERT_EQ(ear.events.size(), 1U);
  EXPECT_EQ(ear.events[0].type(), "media.refused");
  EXPECT_EQ(ear.events[0].params().at("reason"), "full");
  for (std::uint64_t i = 0; i < 3; ++i)
    EXPECT_TRUE(queue.offer(piece("clip", i, false, MediaQueue::kMostPiece, 'q'))) << "the room is given back";
}

TEST_F(MediaQueueTest, WhatCannotBeTakenNowComesAgainLater) {
  EXPECT_TRUE(queue.offer(piece("clip", 0)));
  EXPECT_EQ(next(), 0);
  ASSERT_TRUE(answer(number, "again"));
  EXPECT_EQ(next(), -1);
  clock.at += MediaQueue::kAgain;
  EXPECT_EQ(next(), 0);
  const auto before = number;
  ASSERT_TRUE(answer(number, "lost"));
  EXPECT_EQ(next(), 0) << "the next connection's";
  EXPECT_GT(number, before);
}

TEST_F(MediaQueueTest, AnotherLinkProcessGetsAgainWhatIsWorthIt) {
  EXPECT_TRUE(queue.offer(piece("clip", 5)));
  EXPECT_EQ(next(), 5);
  queue.start_over();
  EXPECT_EQ(next(), 5);
  ASSERT_TRUE(answer(number, "taken"));
  EXPECT_TRUE(queue.offer(piece("live", 0)));
  EXPECT_EQ(next(), 0);
  queue.start_over();
  EXPECT_EQ(next(), -1);
  EXPECT_EQ(queue.dropped(), 1U);
}

TEST_F(MediaQueueTest, DoesNotBelieveAnswersAboutWhatWasNeverSent) {
  EXPECT_FALSE(answer(1, "taken"));
  EXPECT_TRUE(queue.offer(piece("clip", 0)));
  EXPECT_EQ(next(), 0);
  EXPECT_FALSE(answer(number + 1, "taken"));
  EXPECT_TRUE(answer(number, "taken"));
}

TEST_F(MediaQueueTest, WhatNoPlatformWouldTakeIsNotTriedAgain) {
  EXPECT_TRUE(queue.offer(piece("clip", 0, false, MediaQueue::kMostPiece + 1)));
  auto nobody = piece("clip", 0);
  nobody.set_order_id("short");
  EXPECT_TRUE(queue.offer(nobody));
  auto no_word = piece("clip", 0);
  no_word.set_content_type("video/\xff");
  EXPECT_TRUE(queue.offer(no_word));
  EXPECT_EQ(queue.waiting(), 0U);
}

}  // namespace
}  // namespace kw::agent
