// A batch with refused records in it: every good one is taken once, every bad one found, in few questions.
#include "export/breakup.h"

#include <random>
#include <set>

#include "export/testing/records.h"

namespace kw::exports {
namespace {

struct Outcome {
  std::vector<std::uint64_t> taken, aside;
  unsigned questions = 0;
  bool held = false;
};

/// export_all sends [0, end) to a receiver that refuses whole whatever `refuses` says of [from, to).
template <class Refuses>
Outcome export_all(std::uint64_t end, std::size_t batch, std::uint64_t most, Refuses refuses) {
  Outcome out;
  Breakup now;
  for (std::uint64_t cursor = 0; cursor < end && !out.held;) {
    const auto to = std::min<std::uint64_t>(end, cursor + batch_size(now, batch));
    EXPECT_LE(to - cursor, batch);
    ++out.questions;
    if (!refuses(cursor, to)) {
      for (auto i = cursor; i < to; ++i) out.taken.push_back(i);
      now = after_answer(now, batch, to - cursor, 0, to);
      cursor = to;
    } else if (to - cursor > 1) {
      now = after_refusal(now, to - cursor, to);
    } else if (now.in_a_row < most) {
      out.aside.push_back(cursor);
      now = after_answer(now, batch, 0, 1, ++cursor);
    } else {
      out.held = true;
    }
  }
  return out;
}

TEST(ExportBreakup, FindsEveryRefusedRecordAndTakesEveryOtherOneOnce) {
  std::mt19937 dice(63);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t end = 1 + dice() % 600;
    const std::size_t batch = 1 + dice() % 200;
    std::set<std::uint64_t> bad;
    for (auto n = dice() % 8; n > 0; --n) bad.insert(dice() % end);
    const auto out = export_all(end, batch, 1000, [&](std::uint64_t from, std::uint64_t to) {
      const auto first = bad.lower_bound(from);
      return first != bad.end() && *first < to;
    });
    EXPECT_EQ(std::set<std::uint64_t>(out.aside.begin(), out.aside.end()), bad);
    EXPECT_EQ(out.aside.size(), bad.size());
    EXPECT_EQ(out.taken.size() + bad.size(), end);
    EXPECT_TRUE(std::is_sorted(out.taken.begin(), out.taken.end()));
    unsigned halvings = 1;
    while (1u << halvings < batch) ++halvings;
    EXPECT_LE(out.questions, end / batch + 1 + bad.size() * (2 * halvings + 2));
  }
}

TEST(ExportBreakup, WhatIsTooLargeIsSentInParts) {
  const auto out = export_all(1000, 200, 10, [](std::uint64_t from, std::uint64_t to) { return to - from > 60; });
  EXPECT_TRUE(out.aside.empty());
  EXPECT_EQ(out.taken.size(), 1000u);
}

TEST(ExportBreakup, AReceiverThatRefusesEverythingHoldsTheTarget) {
  const auto out = export_all(1000, 200, 10, [](std::uint64_t, std::uint64_t) { return true; });
  EXPECT_TRUE(out.held);
  EXPECT_EQ(out.aside.size(), 10u);
  EXPECT_TRUE(out.taken.empty());
  const auto never = export_all(10, 5, 0, [](std::uint64_t, std::uint64_t) { return true; });
  EXPECT_TRUE(never.held);
  EXPECT_TRUE(never.aside.empty());
}

TEST(ExportBreakup, CountsRefusalsUntilSomethingIsTaken) {
  Breakup now{1, 4, 9};
  now = after_answer(now, 100, 0, 1, 4);
  EXPECT_EQ(now, (Breakup{0, 0, 10}));
  now = after_answer(now, 100, 3, 1, 8);
  EXPECT_EQ(now.in_a_row, 0u);
}

}  // namespace
}  // namespace kw::exports
