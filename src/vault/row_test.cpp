// What somebody does to a table beside the program shows: a changed column by the row's seal, rows that went, came or
// went back by the set's root.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "vault/row_mac.h"
#include "vault/row_set.h"
#include "vault/test_keys.h"

namespace kw::vault {
namespace {

struct Rows : ::testing::Test {
  void SetUp() override { ASSERT_TRUE(ring.add(key_of(KeyUse::row_mac, "permits", {key_id(1), 1}), KeyState::active)); }
  static RowPlace place(std::string_view key, std::uint64_t version) {
    return {"shenzhen", "permits", bytes_of(key), version};
  }
  Bytes sealed(const RowPlace& at, const std::vector<Column>& columns) const {
    return *seal_row(**ring.sealing(purpose_of(KeyUse::row_mac, "permits")), at, columns);
  }
  KeyRing ring;
  std::vector<Column> columns{{"name", bytes_of("AB")}, {"phone", bytes_of("")}, {"sex", std::nullopt}};
};

TEST_F(Rows, SealHoldsWhateverTheOrderOfColumns) {
  const auto seal = sealed(place("17", 3), columns);
  EXPECT_EQ(seal.size(), kRowSeal);
  EXPECT_TRUE(check_row(ring, place("17", 3), columns, seal));
  std::ranges::reverse(columns);
  EXPECT_TRUE(check_row(ring, place("17", 3), columns, seal));
}

TEST_F(Rows, EveryChangeShows) {
  const auto seal = sealed(place("17", 3), columns);
  const std::vector<std::vector<Column>> changed = {
      {{"name", bytes_of("AC")}, {"phone", bytes_of("")}, {"sex", std::nullopt}},
      {{"name", bytes_of("AB")}, {"phone", std::nullopt}, {"sex", std::nullopt}},  // empty is not NULL
      {{"name", bytes_of("AB")}, {"phone", bytes_of("")}},
      {{"nam", bytes_of("eAB")}, {"phone", bytes_of("")}, {"sex", std::nullopt}},
      {{"phone", bytes_of("AB")}, {"name", bytes_of("")}, {"sex", std::nullopt}},
      {{"name", bytes_of("AB")}, {"phone", bytes_of("")}, {"sex", std::nullopt}, {"more", std::nullopt}},
  };
  for (const auto& row : changed) EXPECT_EQ(check_row(ring, place("17", 3), row, seal).code(), Errc::corrupt);
  EXPECT_EQ(check_row(ring, place("18", 3), columns, seal).code(), Errc::corrupt);
  EXPECT_EQ(check_row(ring, place("17", 2), columns, seal).code(), Errc::corrupt);
  for (std::size_t i = 0; i < seal.size(); ++i) {
    auto broken = seal;
    broken[i] ^= 2;
    EXPECT_EQ(check_row(ring, place("17", 3), columns, broken).code(), Errc::corrupt) << i;
  }
  EXPECT_EQ(check_row(KeyRing(), place("17", 3), columns, seal).code(), Errc::corrupt);
}

TEST_F(Rows, BadColumnsAreRefused) {
  const auto key = key_of(KeyUse::row_mac, "permits", {key_id(1), 1});
  EXPECT_EQ(seal_row(key, place("17", 1), std::vector<Column>{{"a", {}}, {"a", {}}}).code(), Errc::invalid);
  EXPECT_EQ(seal_row(key, place("17", 1), std::vector<Column>{{"", {}}}).code(), Errc::invalid);
  EXPECT_EQ(seal_row(key, place("17", 1), std::vector<Column>(kMostColumns, {"a", {}})).code(), Errc::invalid);
  EXPECT_EQ(seal_row(key_of(KeyUse::row_mac, "other", {key_id(1), 1}), place("17", 1), columns).code(),
            Errc::wrong_usage);
}

/// A table as a database has it, with what an administrator of the database can do to it.
struct Table {
  std::map<std::string, std::pair<std::uint64_t, Bytes>> rows;
  [[nodiscard]] RowSet read(unsigned bits) const {
    auto out = *RowSet::make("shenzhen", "permits", bits);
    for (const auto& [key, row] : rows) out.insert({bytes_of(key), row.first, row.second});
    return out;
  }
};

TEST_F(Rows, SetFollowsWritesInAnyOrderAndFindsWhatWentBack) {
  for (const unsigned bits : {0U, 4U, 8U}) {
    Table table;
    auto kept = *RowSet::make("shenzhen", "permits", bits);
    for (int i = 0; i < 100; ++i) {
      const auto key = std::to_string(i);
      table.rows[key] = {1, sealed(place(key, 1), columns)};
      kept.insert({bytes_of(key), 1, table.rows[key].second});
    }
    const auto before = table;
    for (int i = 99; i >= 50; --i) {  // written once more, from the end
      const auto key = std::to_string(i);
      const auto old_row = table.rows[key];
      table.rows[key] = {2, sealed(place(key, 2), columns)};
      ASSERT_TRUE(kept.replace({bytes_of(key), 1, old_row.second}, {bytes_of(key), 2, table.rows[key].second}));
    }
    ASSERT_TRUE(kept.remove({bytes_of("7"), 1, table.rows["7"].second}));
    table.rows.erase("7");
    EXPECT_EQ(table.read(bits).root(), kept.root());
    EXPECT_EQ(kept.rows(), 99U);

    auto rolled_back = table;  // a row and its seal from before: each is good by itself
    rolled_back.rows["60"] = before.rows.at("60");
    EXPECT_TRUE(check_row(ring, place("60", 1), columns, rolled_back.rows["60"].second));
    EXPECT_NE(rolled_back.read(bits).root(), kept.root());
    EXPECT_THAT(*rolled_back.read(bits).differing(kept), ::testing::ElementsAre(kept.part_of(bytes_of("60"))));
    auto deleted = table;
    deleted.rows.erase("20");
    EXPECT_NE(deleted.read(bits).root(), kept.root());
    EXPECT_THAT(*deleted.read(bits).differing(kept), ::testing::ElementsAre(kept.part_of(bytes_of("20"))));
    auto brought_back = table;
    brought_back.rows["7"] = before.rows.at("7");
    EXPECT_NE(brought_back.read(bits).root(), kept.root());
    auto swapped = table;  // two rows, each with the other's seal: the sum of seals alone is the same
    std::swap(swapped.rows["20"], swapped.rows["21"]);
    EXPECT_NE(swapped.read(bits).root(), kept.root());
    EXPECT_THAT(*table.read(bits).differing(kept), ::testing::IsEmpty());
  }
}

TEST_F(Rows, SetIsStoredAndBounded) {
  auto set = *RowSet::make("shenzhen", "permits", 2);
  set.insert({bytes_of("1"), 1, bytes_of("seal")});
  const auto octets = set.octets();
  const auto again = RowSet::parse(octets);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->root(), set.root());
  EXPECT_EQ(again->octets(), octets);
  auto by_parts = *RowSet::make("shenzhen", "permits", 2);
  const auto touched = set.part_of(bytes_of("1"));
  ASSERT_TRUE(by_parts.restore_part(touched, set.part_octets(touched)));
  EXPECT_EQ(by_parts.root(), set.root());
  EXPECT_EQ(by_parts.restore_part(0, Bytes(RowSet::kPartOctets - 1)).code(), Errc::malformed);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{10}, octets.size() - 1})
    EXPECT_FALSE(RowSet::parse(ByteView(octets).first(size))) << size;
  auto broken = octets;
  broken.push_back(0);
  EXPECT_EQ(RowSet::parse(broken).code(), Errc::malformed);
  broken = octets;
  broken[0] = 2;
  EXPECT_EQ(RowSet::parse(broken).code(), Errc::unsupported);
  EXPECT_EQ(RowSet::make("shenzhen", "permits", 9).code(), Errc::invalid);
  EXPECT_EQ(RowSet::make("", "permits", 1).code(), Errc::invalid);
  auto empty = *RowSet::make("shenzhen", "permits", 0);
  EXPECT_EQ(empty.remove({bytes_of("1"), 1, bytes_of("seal")}).code(), Errc::conflict);
  EXPECT_EQ(empty.differing(set).code(), Errc::invalid);
}

}  // namespace
}  // namespace kw::vault
