// A full disk: what is refused, what the reserve is for, and how it comes back. Attack A49.
#include "store/ledger/ledger_room.h"

#include <sys/wait.h>

#include <cstdlib>

#include "store/ledger/fault_test_support.h"
#include "store/ledger/verify_ledger.h"

namespace kw::store {
namespace {

using namespace testing;

constexpr std::uint64_t kDisk = 1 << 20, kRoomReserve = 128 << 10;

Bytes filler(std::uint64_t i) {
  Bytes out = entry_of(i);
  out.resize(1000, Byte{'x'});
  return out;
}

class Room : public ::testing::Test {
 protected:
  std::unique_ptr<LedgerWriter> open(FileOps& ops, OnFull rule = OnFull::critical_only) {
    auto with = options();
    with.segment_octets = 256 << 10;
    with.reserve_octets = kRoomReserve;
    with.on_full = rule;
    auto writer = LedgerWriter::open(temp_.ledger(), with, ops);
    EXPECT_TRUE(writer) << writer.error().text();
    return writer ? std::move(*writer) : nullptr;
  }
  /// Appends until one is refused.
  void flood(LedgerWriter& writer) {
    for (int i = 0; i < 100'000; ++i) {
      const auto index = writer.append(filler(entries_)).get();
      if (!index) {
        ASSERT_EQ(index.code(), Errc::no_space) << index.error().text();
        return;
      }
      ASSERT_EQ(*index, entries_++);
    }
    FAIL() << "the disk never got full";
  }
  void expect_all() {
    const auto report = *verify_ledger(temp_.ledger(), ledger_key().public_key());
    ASSERT_TRUE(report.good()) << name(report.fault) << " " << report.detail;
    ASSERT_EQ(report.entries, entries_);
    auto reader = *LedgerReader::open(temp_.ledger());
    for (std::uint64_t i = 0; i < entries_; ++i) ASSERT_EQ(*reader->entry(i), filler(i));
  }
  [[nodiscard]] bool reserve_stands() const { return std::filesystem::exists(temp_.ledger() / "reserve"); }

  TempDir temp_;
  std::uint64_t entries_ = 0;
};

TEST_F(Room, LevelsAreOfTheFileSystem) {
  SmallDisk disk(temp_.ledger(), kDisk);
  std::filesystem::create_directories(temp_.ledger());
  LedgerRoom room(temp_.ledger(), disk, kRoomReserve);
  auto state = *room.look();
  EXPECT_EQ(state.level, RoomLevel::ample);
  EXPECT_EQ(state.reserve, kRoomReserve);
  EXPECT_EQ(state.total, kDisk);
  EXPECT_EQ(state.free, kDisk - kRoomReserve);
  EXPECT_EQ(state.used_percent, 12U);
  const auto fill_to = [&](std::uint64_t percent) {
    write_whole(temp_.ledger() / "other", Bytes(kDisk / 100 * percent - kRoomReserve));
    return *room.look();
  };
  EXPECT_EQ(fill_to(79).level, RoomLevel::ample);
  EXPECT_EQ(fill_to(81).level, RoomLevel::low);
  EXPECT_EQ(fill_to(96).level, RoomLevel::scarce);
  state = fill_to(99);
  EXPECT_EQ(state.level, RoomLevel::full);
  EXPECT_EQ(state.reserve, 0U);
  EXPECT_FALSE(reserve_stands());
  EXPECT_EQ(fill_to(98).level, RoomLevel::full) << "what was the reserve is no room for ordinary entries";
  state = fill_to(81);
  EXPECT_EQ(state.level, RoomLevel::low);
  EXPECT_EQ(state.reserve, kRoomReserve);
}

TEST_F(Room, UrgentEntriesUseTheReserveAndNothingIsLost) {
  SmallDisk disk(temp_.ledger(), kDisk);
  auto writer = open(disk);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(reserve_stands());
  flood(*writer);
  EXPECT_TRUE(writer->room().full());
  EXPECT_FALSE(reserve_stands());
  EXPECT_EQ(writer->append(filler(entries_)).get().code(), Errc::no_space);
  std::uint64_t urgent = 0;
  for (; urgent < 1000; ++urgent) {
    const auto index = writer->append(filler(entries_), Urgency::urgent).get();
    if (!index) break;
    ASSERT_EQ(*index, entries_++);
  }
  EXPECT_GE(urgent * 1024, kRoomReserve * 8 / 10) << "most of the reserve is for them";
  EXPECT_LT(urgent, 1000U) << "it ends, too";
  disk.capacity = 2 * kDisk;
  ASSERT_EQ(*writer->append(filler(entries_)).get(), entries_) << "there is room again";
  ++entries_;
  EXPECT_FALSE(writer->room().full());
  EXPECT_TRUE(reserve_stands());
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  writer.reset();
  expect_all();
}

TEST_F(Room, ACheckpointIsMadeOnAFullDisk) {
  SmallDisk disk(temp_.ledger(), kDisk);
  auto writer = open(disk);
  flood(*writer);
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  writer.reset();
  expect_all();
}

TEST_F(Room, StopTakesNothing) {
  SmallDisk disk(temp_.ledger(), kDisk);
  auto writer = open(disk, OnFull::stop);
  flood(*writer);
  EXPECT_EQ(writer->append(filler(entries_), Urgency::urgent).get().code(), Errc::no_space);
  disk.capacity = 2 * kDisk;
  EXPECT_TRUE(writer->append(filler(entries_++), Urgency::urgent).get());
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  writer.reset();
  expect_all();
}

TEST_F(Room, AFullDiskIsOpenedAndStaysFull) {
  SmallDisk disk(temp_.ledger(), kDisk);
  {
    auto writer = open(disk);
    flood(*writer);
    ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  }
  std::filesystem::remove_all(temp_.ledger() / "tile");  // derived files have to be made again, and need room
  auto writer = open(disk);
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->size(), entries_);
  EXPECT_EQ(writer->append(filler(entries_)).get().code(), Errc::no_space);
  EXPECT_TRUE(writer->append(filler(entries_++), Urgency::urgent).get());
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  writer.reset();
  expect_all();
}

// The same on a real file system of 4 MiB in a mount namespace of its own.
TEST_F(Room, OnARealFullFileSystem) {
  const char* mounted = std::getenv("KW_SMALL_FILE_SYSTEM");
  if (mounted == nullptr) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string inside = "mount -t tmpfs -o size=4m none " + temp_.path().string() +
                               " || exit 77; KW_SMALL_FILE_SYSTEM=" + temp_.path().string() + " exec " + self +
                               " --gtest_filter=Room.OnARealFullFileSystem";
    const int status =
        std::system(("unshare -m sh -c '" + inside + "' >/dev/null 2>" + temp_.path().string() + ".log").c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::filesystem::remove(temp_.path().string() + ".log");
    if (code == 77) GTEST_SKIP() << "no mount namespaces here";
    EXPECT_EQ(code, 0);
    return;
  }
  const std::filesystem::path dir = std::filesystem::path(mounted) / "ledger";
  PosixFileOps ops;
  auto with = options();
  with.segment_octets = 1 << 20;
  with.reserve_octets = 256 << 10;
  auto writer = *LedgerWriter::open(dir, with, ops);
  flood(*writer);
  EXPECT_EQ(writer->append(filler(entries_)).get().code(), Errc::no_space);
  ASSERT_EQ(*writer->append(filler(entries_), Urgency::urgent).get(), entries_);
  ++entries_;
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  writer.reset();
  const auto report = *verify_ledger(dir, ledger_key().public_key());
  EXPECT_TRUE(report.good()) << report.detail;
  EXPECT_EQ(report.entries, entries_);
}

}  // namespace
}  // namespace kw::store
