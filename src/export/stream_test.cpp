// Every edge of the table, every refused pair, and an hour of a link that is cut, doubles and restarts.
#include "export/stream.h"

#include <map>
#include <random>
#include <set>

#include "export/testing/records.h"

namespace kw::exports {
namespace {

using namespace testing;
using namespace std::chrono_literals;

class Dice final : public Random {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  void fill(MutableByteView out) override {
    for (auto& octet : out) octet = static_cast<Byte>(engine_() & 0xff);
  }
  bool chance(unsigned percent) { return engine_() % 100 < percent; }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

 private:
  std::mt19937 engine_;
};

const Patience kPatience{1s, 60s, 30s, 300s};
constexpr std::uint64_t kOpenFrom = 10, kOpenEnd = 14;

/// in_state makes a stream in each state: the batch [10, 14) is under way where there is one.
Stream in_state(StreamState state) {
  Dice dice(1);
  Stream out(kPatience, {kOpenFrom, 0, false, false}, 0s);
  if (state == StreamState::paused) good(out.pause());
  if (state == StreamState::idle || state == StreamState::paused) return out;
  good(out.begin(kOpenEnd));
  if (state == StreamState::awaiting) good(out.taken(0s));
  if (state == StreamState::backing_off) good(out.failed(0s, dice));
  if (state == StreamState::holding) good(out.pause());
  return out;
}

/// apply gives what an event did: refused, or the state after it.
std::optional<StreamState> apply(Stream& stream, StreamEvent event) {
  Dice dice(1);
  constexpr Duration kLate = 10h;
  const auto after = [&](bool done) { return done ? std::optional(stream.state()) : std::nullopt; };
  switch (event) {
    case StreamEvent::begin:
      return after(stream.begin(kOpenEnd).has_value());
    case StreamEvent::skip:
      return after(stream.skip(kOpenEnd).has_value());
    case StreamEvent::taken:
      return after(stream.taken(0s).has_value());
    case StreamEvent::answer: {
      if (!stream.open()) return std::nullopt;  // without a batch under way every answer is another one's
      const auto done = stream.answer(kOpenFrom, kOpenEnd);
      EXPECT_TRUE(done.value_or(true));
      return after(done.has_value());
    }
    case StreamEvent::other: {
      const auto done = stream.answer(3, 9);
      EXPECT_FALSE(done.value_or(false));
      return after(done.has_value());
    }
    case StreamEvent::failed:
      return after(stream.failed(0s, dice).has_value());
    case StreamEvent::due:
      return after(stream.due(kLate).has_value());
    case StreamEvent::narrow:
      return after(stream.narrow(kOpenEnd - 1).has_value());
    case StreamEvent::pause:
      return after(stream.pause().has_value());
    case StreamEvent::resume:
      return after(stream.resume().has_value());
  }
  return std::nullopt;
}

TEST(ExportStream, EveryPairDoesWhatTheTableSays) {
  std::size_t edges = 0, refused = 0;
  for (std::size_t s = 0; s < kStreamStates; ++s) {
    for (std::size_t e = 0; e < kStreamEvents; ++e) {
      const auto state = static_cast<StreamState>(s);
      const auto event = static_cast<StreamEvent>(e);
      auto stream = in_state(state);
      ASSERT_EQ(stream.state(), state);
      const auto before = stream.progress();
      const auto expected = stream_table(state, event);
      EXPECT_EQ(apply(stream, event), expected) << name(state) << " " << e;
      expected ? ++edges : ++refused;
      if (!expected) {
        EXPECT_EQ(stream.state(), state);
        EXPECT_EQ(stream.progress(), before) << "a refused event changed something: " << name(state) << " " << e;
      }
    }
  }
  EXPECT_EQ(edges, 29u);
  EXPECT_EQ(refused, 31u);
}

TEST(ExportStream, TheCursorMovesByAnAnswerAndByNothingElse) {
  for (const auto state :
       {StreamState::sending, StreamState::awaiting, StreamState::backing_off, StreamState::holding}) {
    for (const auto event : {StreamEvent::taken, StreamEvent::other, StreamEvent::failed, StreamEvent::due,
                             StreamEvent::pause, StreamEvent::resume}) {
      auto stream = in_state(state);
      apply(stream, event);
      EXPECT_EQ(stream.progress().cursor, kOpenFrom);
      EXPECT_EQ(stream.progress().open_end, kOpenEnd);
    }
    auto stream = in_state(state);
    EXPECT_TRUE(take(stream.answer(kOpenFrom, kOpenEnd)));
    EXPECT_EQ(stream.progress().cursor, kOpenEnd);
    EXPECT_FALSE(stream.open());
  }
}

TEST(ExportStream, ANarrowedBatchIsAPartOfWhatItWas) {
  auto stream = in_state(StreamState::backing_off);
  EXPECT_EQ(code(stream.narrow(kOpenFrom)), Errc::invalid);
  EXPECT_EQ(code(stream.narrow(kOpenEnd)), Errc::invalid);
  good(stream.narrow(kOpenFrom + 2));
  EXPECT_EQ(stream.progress().cursor, kOpenFrom);
  EXPECT_EQ(stream.progress().open_end, kOpenFrom + 2);
  EXPECT_FALSE(take(stream.answer(kOpenFrom, kOpenEnd))) << "the answer to what was sent before it";
  EXPECT_TRUE(take(stream.answer(kOpenFrom, kOpenFrom + 2)));
  EXPECT_EQ(stream.progress().cursor, kOpenFrom + 2);
}

TEST(ExportStream, AnAnswerCountsOnceAndOnlyForItsBatch) {
  auto stream = in_state(StreamState::awaiting);
  EXPECT_FALSE(take(stream.answer(kOpenFrom, kOpenEnd - 1)));
  EXPECT_FALSE(take(stream.answer(kOpenFrom - 1, kOpenEnd)));
  EXPECT_TRUE(take(stream.answer(kOpenFrom, kOpenEnd)));
  EXPECT_FALSE(take(stream.answer(kOpenFrom, kOpenEnd)));
  EXPECT_EQ(stream.strays(), 3u);
  EXPECT_EQ(stream.progress().cursor, kOpenEnd);
}

TEST(ExportStream, WaitsLongerEachTimeWithinItsBounds) {
  Dice dice(7);
  auto stream = in_state(StreamState::sending);
  Duration now = 0s;
  for (int i = 0; i < 12; ++i) {
    good(stream.failed(now, dice));
    const auto full = std::min<Duration>(1s * (1 << i), 60s);
    const auto wait = *stream.next_due() - now;
    EXPECT_GE(wait, full / 2) << i;
    EXPECT_LE(wait, full) << i;
    EXPECT_FALSE(take(stream.due(now + wait - 1ns)));
    now += wait;
    EXPECT_TRUE(take(stream.due(now)));
  }
  EXPECT_EQ(stream.attempts(), 12u);
}

TEST(ExportStream, TwoSendersDoNotComeBackTogether) {
  Dice one(1), other(2);
  auto a = in_state(StreamState::sending), b = in_state(StreamState::sending);
  good(a.failed(0s, one));
  good(b.failed(0s, other));
  EXPECT_NE(a.next_due(), b.next_due());
}

TEST(ExportStream, ABatchThatWasUnderWayIsSentAgainAfterARestart) {
  const auto before = in_state(StreamState::awaiting);
  Stream after(kPatience, before.progress(), 5s);
  EXPECT_EQ(after.state(), StreamState::backing_off);
  EXPECT_TRUE(take(after.due(5s)));
  EXPECT_EQ(after.progress(), before.progress());
  auto held = in_state(StreamState::holding);
  EXPECT_EQ(Stream(kPatience, held.progress(), 5s).state(), StreamState::holding);
  EXPECT_EQ(Stream(kPatience, in_state(StreamState::paused).progress(), 5s).state(), StreamState::paused);
}

TEST(ExportStream, AnAnswerThatNeverComesIsAskedForAgain) {
  auto stream = in_state(StreamState::awaiting);
  EXPECT_FALSE(take(stream.due(30s - 1ns)));
  EXPECT_TRUE(take(stream.due(30s)));
  EXPECT_EQ(stream.state(), StreamState::sending);
}

TEST(ExportStream, AStallIsToldOnceAndSoIsItsEnd) {
  Dice dice(3);
  auto stream = in_state(StreamState::sending);
  good(stream.failed(100s, dice));
  EXPECT_FALSE(stream.stalled_now(399s));
  EXPECT_TRUE(stream.stalled_now(400s));
  EXPECT_FALSE(stream.stalled_now(500s));
  EXPECT_TRUE(stream.progress().stalled);
  EXPECT_FALSE(stream.recovered_now());
  Stream again(kPatience, stream.progress(), 0s);  // a restart in the middle of it
  EXPECT_FALSE(again.stalled_now(10h));
  EXPECT_TRUE(take(again.answer(kOpenFrom, kOpenEnd)));
  EXPECT_TRUE(again.recovered_now());
  EXPECT_FALSE(again.recovered_now());
  EXPECT_FALSE(again.progress().stalled);
}

TEST(ExportStream, APausedStreamDoesNotStall) {
  Dice dice(3);
  auto stream = in_state(StreamState::sending);
  good(stream.failed(0s, dice));
  good(stream.pause());
  EXPECT_FALSE(stream.stalled_now(10h));
  good(stream.resume());
  EXPECT_FALSE(stream.stalled_now(10h));
}

TEST(ExportStream, EmptyBatchesAreRefused) {
  auto stream = in_state(StreamState::idle);
  EXPECT_EQ(code(stream.begin(kOpenFrom)), Errc::invalid);
  EXPECT_EQ(code(stream.skip(kOpenFrom - 1)), Errc::invalid);
}

/// A receiver that answers, over a link that loses, doubles and delays; it keeps one record a number.
struct Receiver {
  struct Late {
    Duration at;
    std::uint64_t from, end;
  };
  std::map<std::string, unsigned> seen;  // number: how often it came
  std::vector<Late> answers;
  std::uint64_t most_at_once = 0;

  void take_batch(std::uint64_t from, std::uint64_t end, Duration now, Dice& dice) {
    for (auto i = from; i < end; ++i) ++seen[number_of(test_ledger(), i)];
    most_at_once = std::max(most_at_once, end - from);
    if (dice.chance(20)) return;                                                    // its answer gets lost
    const auto delay = std::chrono::seconds(dice.below(dice.chance(10) ? 90 : 2));  // some come very late
    answers.push_back({now + delay, from, end});
    if (dice.chance(15)) answers.push_back({now + delay + 3s, from, end});  // and some twice
  }
};

/// One hour, a step each 250 ms; whatever is not stored is lost at a restart.
void simulate_hour(unsigned seed) {
  Dice dice(seed);
  Receiver receiver;
  Progress stored;
  Stream stream(kPatience, stored, 0s);
  std::uint64_t ledger = 0, confirmed = 0, sent_again_after_confirmation = 0;
  Duration link_back = 0s;
  unsigned restarts = 0, cuts = 0;
  const Duration hour = 3600s, rest = 7200s;  // the link stays bad for answers: what is left needs its time
  for (Duration now = 0s; now < hour + rest && (now < hour || stream.progress().cursor < ledger || stream.open());
       now += 250ms) {
    const bool calm = now >= hour;  // then nothing is cut any more, and what is left must arrive
    if (!calm && dice.chance(60)) ledger += dice.below(4);
    if (!calm && now >= link_back && dice.below(400) == 0) {
      link_back = now + std::chrono::seconds(dice.below(180));
      ++cuts;
    }
    if (!calm && dice.below(600) == 0) {
      stream = Stream(kPatience, stored, now);
      ++restarts;
    }
    const bool up = now >= link_back;
    for (auto at = receiver.answers.begin(); at != receiver.answers.end();) {
      if (at->at > now) {
        ++at;
        continue;
      }
      if (up) {
        const auto ours = stream.answer(at->from, at->end);
        ASSERT_TRUE(ours.has_value());
        if (*ours) {
          ASSERT_EQ(at->from, confirmed) << "a gap";
          if (calm || !dice.chance(3)) {  // a power cut before the store has it: the batch is sent once more
            stored = stream.progress();
            confirmed = stored.cursor;
          } else {
            stream = Stream(kPatience, stored, now);
          }
        }
      }
      at = receiver.answers.erase(at);
    }
    if (stream.state() == StreamState::idle && ledger > stream.progress().cursor) {
      const auto end = std::min(ledger, stream.progress().cursor + 50);
      if (dice.chance(5)) {  // the filter wants none of them: the receiver never sees these
        for (auto i = stream.progress().cursor; i < end; ++i) receiver.seen[number_of(test_ledger(), i)] += 0;
        good(stream.skip(end));
      } else {
        good(stream.begin(end));
      }
      stored = stream.progress();
      confirmed = stored.cursor;
    }
    if (stream.state() == StreamState::awaiting || stream.state() == StreamState::backing_off) {
      ASSERT_TRUE(stream.due(now).has_value());
    }
    if (stream.state() != StreamState::sending) continue;
    const auto [from, end, paused, stalled] = stream.progress();
    sent_again_after_confirmation += from < confirmed ? 1 : 0;
    if (!up) {
      good(stream.failed(now, dice));
    } else if (!calm && dice.chance(15)) {  // cut in the middle: half of it arrived
      for (auto i = from; i < from + (end - from) / 2; ++i) ++receiver.seen[number_of(test_ledger(), i)];
      good(stream.failed(now, dice));
    } else {
      receiver.take_batch(from, end, now, dice);
      good(stream.taken(now));
    }
  }
  EXPECT_EQ(stream.progress().cursor, ledger) << "seed " << seed;
  EXPECT_EQ(receiver.seen.size(), ledger) << "each record once by its number, none missing, none invented";
  EXPECT_EQ(sent_again_after_confirmation, 0u);
  EXPECT_LE(receiver.most_at_once, 50u);
  EXPECT_GT(ledger, 5000u);
  EXPECT_GT(cuts, 5u);
  EXPECT_GT(restarts, 5u);
  EXPECT_GT(stream.strays() + restarts, 0u);
}

TEST(ExportStream, AnHourOfCutsDoublesAndRestartsLosesNothingAndInventsNothing) {
  for (unsigned seed = 1; seed <= 20; ++seed) simulate_hour(seed);
}

}  // namespace
}  // namespace kw::exports
