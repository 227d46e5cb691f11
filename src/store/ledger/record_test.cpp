#include "store/ledger/record.h"

#include <gtest/gtest.h>

namespace kw::store {
namespace {

TEST(SegmentHeaderForm, ComesBackAndRefusesEveryChangedOctet) {
  const auto octets = build_segment_header({7, 1234567890123});
  ASSERT_EQ(octets.size(), kSegmentHeader);
  const auto header = *parse_segment_header(octets);
  EXPECT_EQ(header.number, 7U);
  EXPECT_EQ(header.first, 1234567890123U);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    auto changed = octets;
    changed[i] ^= 0x10;
    EXPECT_FALSE(parse_segment_header(changed)) << i;
    EXPECT_EQ(parse_segment_header(ByteView(octets).first(i)).code(), Errc::truncated);
  }
}

TEST(RecordForm, ComesBackAndRefusesOtherForms) {
  const Bytes entry = copy(bytes_of("what happened"));
  Bytes octets;
  build_record(octets, 1000, 990, ledger::leaf_hash(entry), entry);
  const auto record = *parse_record(octets);
  EXPECT_EQ(record.index, 1000U);
  EXPECT_EQ(record.batch_first, 990U);
  EXPECT_EQ(record.leaf, ledger::leaf_hash(entry));
  EXPECT_TRUE(equal(record.entry, entry));
  EXPECT_EQ(record.octets(), octets.size());
  for (std::size_t i = 0; i < octets.size(); ++i)
    EXPECT_EQ(parse_record(ByteView(octets).first(i)).code(), Errc::truncated) << i;
  for (std::size_t i = 16; i < octets.size(); ++i) {
    auto changed = octets;
    changed[i] ^= 1;
    EXPECT_EQ(parse_record(changed).code(), Errc::corrupt) << i;
  }
  auto place = octets;
  place[4] = 1;  // more entries before it in its batch than in the ledger
  EXPECT_EQ(parse_record(place).code(), Errc::corrupt);
  auto length = octets;
  length[1] = 0xff;
  EXPECT_EQ(parse_record(length).code(), Errc::corrupt);
  EXPECT_EQ(parse_record(Bytes(100)).code(), Errc::corrupt);
}

}  // namespace
}  // namespace kw::store
