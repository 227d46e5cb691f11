#include "device/drill/needles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace kw::device {
namespace {

NeedleMask some_mask() {
  NeedleMask out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Byte>(i * 37 + 11);
  return out;
}

const std::map<int, std::string> kCanaries = {
    {1, "KWa7f3b9c2d1e4"}, {2, "short-one"}, {3, "\xe6\xb7\xb1\xe5\x9c\xb3\xe5\xb8\x82"}};

std::string wide(const std::string& text, bool big) {
  std::string out;
  for (const char c : text) out += big ? std::string({'\0', c}) : std::string({c, '\0'});
  return out;
}

class NeedlesTest : public ::testing::Test {
 protected:
  NeedlesTest() {
    for (const auto& [kind, text] : kCanaries) EXPECT_TRUE(needles.add(kind, masked(bytes_of(text), mask)));
  }
  /// What is found in a text that comes in pieces of so many octets.
  std::vector<std::string> found(const std::string& text, std::size_t piece) {
    std::vector<std::string> out;
    NeedleScan scan(needles, [&](const NeedleFound& one) {
      out.push_back(std::to_string(one.kind) + (one.wide ? "w" : "") + "@" + std::to_string(one.offset));
    });
    for (std::size_t at = 0; at < text.size(); at += piece) scan.feed(bytes_of(text.substr(at, piece)));
    scan.gap(0);
    EXPECT_EQ(scan.octets(), text.size());
    std::ranges::sort(out);
    return out;
  }
  NeedleMask mask = some_mask();
  Needles needles{mask};
};

TEST_F(NeedlesTest, each_form_is_found_wherever_pieces_end) {
  const auto text = "....." + kCanaries.at(1) + "--" + wide(kCanaries.at(1), false) + "---" +
                    wide(kCanaries.at(2), true) + kCanaries.at(3) + kCanaries.at(2);
  const std::vector<std::string> all{"1@5", "1w@21", "2@" + std::to_string(5 + 14 + 2 + 28 + 3 + 18 + 9),
                                     "2w@" + std::to_string(5 + 14 + 2 + 28 + 3 + 1),
                                     "3@" + std::to_string(5 + 14 + 2 + 28 + 3 + 18)};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(found(text, piece), all) << piece;
}
TEST_F(NeedlesTest, what_almost_is_one_is_none) {
  EXPECT_TRUE(found("KWa7f3b9c2d1e5 short-onf KWa7f3b9c2d1", 7).empty());
  EXPECT_TRUE(found(std::string(10'000, 'K'), 64).empty());
  EXPECT_TRUE(found("", 1).empty());
}
TEST_F(NeedlesTest, a_gap_parts_what_does_not_belong_together) {
  std::vector<std::uint64_t> out;
  NeedleScan scan(needles, [&](const NeedleFound& one) { out.push_back(one.offset); });
  scan.feed(bytes_of("..short"));
  scan.gap(4096);
  scan.feed(bytes_of("-one"));
  scan.feed(bytes_of("short-one"));
  scan.gap(0);
  EXPECT_EQ(out, std::vector<std::uint64_t>{4100});
}
TEST_F(NeedlesTest, one_that_ends_the_stream_is_found) {
  EXPECT_EQ(found("short-one", 9), std::vector<std::string>{"2@0"});
  EXPECT_EQ(found("short-one", 4), std::vector<std::string>{"2@0"});
}
TEST_F(NeedlesTest, the_needles_hold_no_canary) {
  const ByteView own(reinterpret_cast<const Byte*>(&needles), sizeof needles);
  for (const auto& [kind, text] : kCanaries) {
    EXPECT_EQ(std::ranges::search(own, bytes_of(text)).begin(), own.end());
    const auto kept = masked(bytes_of(text), mask);
    EXPECT_EQ(std::ranges::search(kept, bytes_of(text)).begin(), kept.end());
  }
}
TEST_F(NeedlesTest, bounds) {
  EXPECT_EQ(needles.add(9, Bytes(kShortestNeedle - 1)).code(), Errc::invalid);
  EXPECT_EQ(needles.add(9, Bytes(kLongestNeedle + 1)).code(), Errc::invalid);
  Result<> last;
  for (std::size_t i = 0; i <= kMostNeedles; ++i)
    if (last) last = needles.add(9, Bytes(kShortestNeedle, static_cast<Byte>(i)));
  EXPECT_EQ(last.code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::device
