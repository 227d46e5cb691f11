#include "store/audit/index_set.h"

#include <gtest/gtest.h>

namespace kw::store {
namespace {

IndexSet of(std::initializer_list<int> positions) {
  IndexSet out;
  for (const auto position : positions) out.add(static_cast<std::uint16_t>(position));
  return out;
}
std::vector<int> down(const IndexSet& set, std::size_t most = 100) {
  std::vector<int> out;
  set.for_each_descending([&](std::uint16_t position) {
    out.push_back(position);
    return out.size() < most;
  });
  return out;
}

TEST(IndexSet, GivesPositionsFromTheHighestDown) {
  EXPECT_EQ(down(of({0, 63, 64, 65535, 7})), (std::vector<int>{65535, 64, 63, 7, 0}));
  EXPECT_EQ(down(IndexSet::all(), 2), (std::vector<int>{65535, 65534}));
  EXPECT_TRUE(IndexSet().empty());
}

TEST(IndexSet, IsMeasuredAgainstOthers) {
  auto set = of({1, 2, 3, 64, 900});
  set.intersect(of({2, 64, 901}));
  EXPECT_EQ(set, of({2, 64}));
  set.unite(of({5}));
  EXPECT_EQ(set, of({2, 5, 64}));
  for (const auto& [end, left] : std::vector<std::pair<std::size_t, IndexSet>>{
           {0, of({})}, {2, of({})}, {3, of({2})}, {64, of({2, 5})}, {65, of({2, 5, 64})}, {65536, of({2, 5, 64})}}) {
    auto copy = set;
    copy.keep_below(end);
    EXPECT_EQ(copy, left) << end;
  }
}

TEST(IndexSet, IsWrittenInTheShorterForm) {
  IndexSet grows;
  for (int i = 0; i < 65536; i += 7) {
    grows.add(static_cast<std::uint16_t>(i));
    if (i % 1001 != 0) continue;
    const auto octets = grows.encode();
    EXPECT_EQ(octets.size(), std::min<std::size_t>(1 + 2 * grows.size(), IndexSet::kMostEncoded));
    EXPECT_EQ(*IndexSet::decode(octets), grows);
  }
  EXPECT_EQ(*IndexSet::decode(IndexSet::all().encode()), IndexSet::all());
}

TEST(IndexSet, WhatNobodyWroteIsRefused) {
  EXPECT_FALSE(IndexSet::decode({}));
  for (const auto& octets : std::vector<Bytes>{{0, 1}, {0, 0, 5, 0, 5}, {0, 0, 5, 0, 4}, {1, 0}, Bytes(8194, 0)})
    EXPECT_EQ(IndexSet::decode(octets).code(), Errc::malformed) << octets.size();
  EXPECT_EQ(IndexSet::decode(Bytes{2}).code(), Errc::unsupported);
}

}  // namespace
}  // namespace kw::store
