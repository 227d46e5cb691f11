// A scan reads and hashes ahead; what it gives and where it stands must not show that.
#include "store/ledger/segment_scan.h"

#include "store/ledger/ledger_test_support.h"

namespace kw::store {
namespace {

using namespace testing;

class Scan : public ::testing::Test {
 protected:
  /// A segment of `count` records, entry_of(0) and so on.
  void make(std::uint64_t count) {
    octets_ = build_segment_header({0, 0});
    starts_.clear();
    for (std::uint64_t i = 0; i < count; ++i) {
      starts_.push_back(octets_.size());
      build_record(octets_, i, 0, ledger::leaf_hash(entry_of(i)), entry_of(i));
    }
    starts_.push_back(octets_.size());
  }
  /// Expects the first `good` records, each in its place, and then `code`, twice, at the start of the next.
  void expect(std::uint64_t good, Errc code) {
    auto scan = open();
    expect_records(scan, good);
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(scan.next().code(), code) << good;
      EXPECT_EQ(scan.offset(), starts_[good]);
    }
  }
  SegmentScan open() {
    write_whole(path_, octets_);
    return *SegmentScan::open(path_);
  }
  void expect_records(SegmentScan& scan, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ASSERT_EQ(scan.offset(), starts_[i]);
      const auto record = scan.next();
      ASSERT_TRUE(record && *record) << i << " of " << count;
      ASSERT_EQ((*record)->index, i);
      ASSERT_TRUE(equal((*record)->entry, entry_of(i)));
      ASSERT_EQ((*record)->leaf, ledger::leaf_hash(entry_of(i)));
    }
  }
  TempDir temp_;
  std::filesystem::path path_ = temp_.path() / "segment";
  Bytes octets_;
  std::vector<std::size_t> starts_;
};

TEST_F(Scan, GivesEveryRecordAndThenTheEnd) {
  for (const std::uint64_t count : {0U, 1U, 255U, 256U, 257U, 600U, 50'000U}) {  // the last is larger than the buffer
    make(count);
    auto scan = open();
    expect_records(scan, count);
    for (int again = 0; again < 2; ++again) {
      const auto end = scan.next();
      ASSERT_TRUE(end);
      EXPECT_FALSE(*end);
      EXPECT_EQ(scan.offset(), octets_.size());
      EXPECT_EQ(*scan.octets_left(), 0U);
    }
  }
}

TEST_F(Scan, StopsAtARecordThatFailsItsCheck) {
  for (const std::uint64_t bad : {0U, 1U, 100U, 255U, 256U, 257U, 511U, 599U}) {
    make(600);
    octets_[starts_[bad] + kRecordHeader] ^= 1;
    expect(bad, Errc::corrupt);
  }
}

TEST_F(Scan, StopsAtARecordOfNoPossibleLength) {
  for (const std::uint64_t bad : {0U, 255U, 256U, 300U}) {
    make(600);
    octets_[starts_[bad]] = 0xff;
    expect(bad, Errc::corrupt);
  }
}

TEST_F(Scan, StopsWhereTheFileEndsInARecord) {
  for (const std::uint64_t last : {0U, 1U, 255U, 256U, 300U}) {
    make(last + 1);
    octets_.pop_back();
    expect(last, Errc::truncated);
  }
}

TEST_F(Scan, SeesWhatIsAppendedAfterTheEnd) {
  make(300);
  auto scan = open();
  expect_records(scan, 300);
  EXPECT_FALSE(*scan.next());
  make(310);
  write_whole(path_, octets_);
  const auto record = scan.next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->index, 300U);
}

}  // namespace
}  // namespace kw::store
