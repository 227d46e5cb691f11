// What a crash, a full disk or a forger leaves behind, and what opening the ledger makes of it.
#include "store/ledger/recovery.h"

#include "store/ledger/ledger_test_support.h"
#include "store/ledger/verify_ledger.h"

namespace kw::store {
namespace {

using namespace testing;

class Recovery : public ::testing::Test {
 protected:
  [[nodiscard]] LedgerLayout layout() const { return {temp_.ledger()}; }
  [[nodiscard]] std::filesystem::path last_segment() const {
    return layout().segment(list_segments(layout())->back().number);
  }
  /// Opens, expects a refusal with `code`, and that no file changed.
  void refused(Errc code) {
    const auto before = snapshot(temp_.ledger());
    const auto writer = LedgerWriter::open(temp_.ledger(), options(), ops_);
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.code(), code) << writer.error().text();
    EXPECT_EQ(snapshot(temp_.ledger()), before);
  }
  /// Opens, expects `entries` of them with the right root, appends to `to`, and verifies the whole.
  LedgerRecovery goes_on(std::uint64_t entries, std::uint64_t to) {
    auto writer = open_writer(temp_.ledger(), ops_);
    if (!writer) return {};
    EXPECT_EQ(writer->size(), entries);
    const auto out = writer->recovery();
    fill(*writer, to);
    EXPECT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
    writer.reset();
    const auto report = *verify_ledger(temp_.ledger(), ledger_key().public_key());
    EXPECT_TRUE(report.good()) << name(report.fault) << " " << report.detail;
    EXPECT_EQ(report.checkpoint->root, root_of(to));
    EXPECT_EQ(report.entries, to);
    return out;
  }
  TempDir temp_;
  PosixFileOps ops_;
};

// 64 KiB segments, so that the last batch and what is before it share one.
TEST_F(Recovery, CutAtEveryOctetOfTheLastBatch) {
  constexpr std::uint64_t kBefore = 20, kBatch = 8;
  make_ledger(temp_.ledger(), kBefore);
  const auto path = last_segment();
  const auto before = read_whole(path).size();
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, kBefore + kBatch, kBatch);
  }
  const auto whole = read_whole(path);
  const auto files = snapshot(temp_.ledger());
  std::vector<std::size_t> ends;  // where each record of the batch ends
  for (std::size_t at = before; at < whole.size();) {
    at += parse_record(ByteView(whole).subspan(at))->octets();
    ends.push_back(at);
  }
  ASSERT_EQ(ends.size(), kBatch);
  for (std::size_t cut = before; cut <= whole.size(); ++cut) {
    for (const auto& [file, octets] : files) write_whole(file, octets);
    write_whole(path, ByteView(whole).first(cut));
    const auto kept = static_cast<std::uint64_t>(std::count_if(ends.begin(), ends.end(), [&](auto end) { return end <= cut; }));
    const auto end = kept == 0 ? before : ends[kept - 1];
    auto writer = open_writer(temp_.ledger(), ops_);
    ASSERT_TRUE(writer) << cut;
    ASSERT_EQ(writer->size(), kBefore + kept) << cut;
    ASSERT_EQ(writer->recovery().dropped_octets, cut - end) << cut;
    writer.reset();
    ASSERT_EQ(read_whole(path).size(), end) << cut;
    auto reader = *LedgerReader::open(temp_.ledger());
    ASSERT_EQ(*reader->size(), kBefore + kept);
    ASSERT_EQ(*reader->root(kBefore + kept), root_of(kBefore + kept));
  }
  goes_on(kBefore + kBatch, 60);
}

TEST_F(Recovery, ZeroedAndGarbledTailsAreDropped) {
  constexpr std::uint64_t kBefore = 20;
  make_ledger(temp_.ledger(), kBefore);
  const auto path = last_segment();
  const auto whole = read_whole(path);
  for (const Byte filler : {Byte{0}, Byte{1}, Byte{0xff}}) {
    auto torn = whole;
    torn.insert(torn.end(), 3000, filler);
    write_whole(path, torn);
    auto writer = open_writer(temp_.ledger(), ops_);
    ASSERT_TRUE(writer);
    EXPECT_EQ(writer->recovery().dropped_octets, 3000U);
    EXPECT_EQ(writer->size(), kBefore);
  }
  goes_on(kBefore, 40);
}

TEST_F(Recovery, ATornRecordBeforeAGoodOneOfItsBatchIsACrash) {
  make_ledger(temp_.ledger(), 20);
  const auto path = last_segment();
  const auto before = read_whole(path).size();
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, 28, 8);
  }
  auto octets = read_whole(path);
  octets[before + kRecordHeader] ^= 1;  // the pages of one batch reach the medium in any order
  write_whole(path, octets);
  const auto report = goes_on(20, 30);
  EXPECT_EQ(report.dropped_octets, octets.size() - before);
}

TEST_F(Recovery, DamageBeforeALaterBatchIsNoCrash) {
  make_ledger(temp_.ledger(), 20);
  const auto path = last_segment();
  const auto before = read_whole(path).size();
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, 36, 8);  // two batches after the checkpoint: the first one was acknowledged
  }
  auto octets = read_whole(path);
  octets[before + kRecordHeader] ^= 1;
  write_whole(path, octets);
  refused(Errc::corrupt);
}

TEST_F(Recovery, ARecordTakenOutIsNoCrash) {
  make_ledger(temp_.ledger(), 20);
  const auto path = last_segment();
  const auto before = read_whole(path).size();
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, 22, 1);
  }
  auto octets = read_whole(path);
  const auto length = static_cast<std::ptrdiff_t>(parse_record(ByteView(octets).subspan(before))->octets());
  const auto at = octets.begin() + static_cast<std::ptrdiff_t>(before);
  octets.erase(at, at + length);
  write_whole(path, octets);
  refused(Errc::corrupt);
}

TEST_F(Recovery, SealedEntriesThatAreGoneAreTold) {
  make_ledger(temp_.ledger(), 300);
  const auto path = last_segment();
  auto octets = read_whole(path);
  octets.pop_back();
  write_whole(path, octets);
  refused(Errc::corrupt);
  std::filesystem::remove(path);
  refused(Errc::corrupt);
  std::filesystem::remove_all(layout().entries());
  std::filesystem::create_directory(layout().entries());
  refused(Errc::corrupt);
}

TEST_F(Recovery, ARewrittenSealedEntryIsTold) {
  make_ledger(temp_.ledger(), 20);
  const auto path = last_segment();
  auto octets = read_whole(path);
  const Bytes forged = copy(bytes_of("forged!"));  // as long as "entry-0"
  Bytes record;
  build_record(record, 0, 0, ledger::leaf_hash(forged), forged);
  std::copy(record.begin(), record.end(), octets.begin() + kSegmentHeader);
  write_whole(path, octets);
  refused(Errc::corrupt);
}

TEST_F(Recovery, AMissingOrForeignSegmentIsTold) {
  make_ledger(temp_.ledger(), 300);
  const auto second = layout().segment(1);
  const auto octets = read_whole(second);
  std::filesystem::remove(second);
  refused(Errc::corrupt);
  auto header = octets;
  header[20] ^= 1;
  write_whole(second, header);
  refused(Errc::corrupt);
}

TEST_F(Recovery, AnAlteredCheckpointIsTold) {
  make_ledger(temp_.ledger(), 20);
  const auto octets = read_whole(layout().checkpoint());
  auto changed = octets;
  changed[changed.size() / 2] ^= 1;
  write_whole(layout().checkpoint(), changed);
  const auto writer = LedgerWriter::open(temp_.ledger(), options(), ops_);
  ASSERT_FALSE(writer);
  EXPECT_TRUE(writer.code() == Errc::bad_signature || writer.code() == Errc::corrupt);
  write_whole(layout().checkpoint(), ByteView(octets).first(octets.size() / 2));
  refused(Errc::corrupt);
  write_whole(layout().checkpoint(), Bytes(5000, 1));
  refused(Errc::corrupt);
}

TEST_F(Recovery, DerivedFilesAreRebuilt) {
  make_ledger(temp_.ledger(), 700);
  const auto files = snapshot(temp_.ledger());
  const auto mended = [&] {
    const auto report = goes_on(700, 700);
    for (const auto& [file, octets] : files) {
      if (file.ends_with("checkpoint")) continue;
      EXPECT_EQ(read_whole(file), octets) << file;
    }
    return report;
  };
  std::filesystem::remove_all(layout().tiles());
  EXPECT_GT(mended().rebuilt_hashes, 0U);
  std::filesystem::remove(layout().index());
  mended();
  auto tile = read_whole(layout().level(0));
  tile.resize(tile.size() - 40);
  write_whole(layout().level(0), tile);
  EXPECT_GT(mended().rebuilt_hashes, 0U);
  tile[5] ^= 1;  // before the last segment: the root differs, so everything is replayed
  write_whole(layout().level(0), tile);
  std::filesystem::remove(layout().level(1));
  EXPECT_GT(mended().rebuilt_hashes, 0U);
  tile = read_whole(layout().level(0));
  tile.insert(tile.end(), 64, 9);
  write_whole(layout().level(0), tile);
  EXPECT_GT(mended().rebuilt_hashes, 0U);
}

TEST_F(Recovery, LeftoversOfACrashAreRemoved) {
  make_ledger(temp_.ledger(), 20);
  write_whole(temp_.ledger() / "checkpoint.tmp", Bytes(10));
  write_whole(layout().entries() / "00000001.seg.tmp", Bytes(10));
  goes_on(20, 25);
  EXPECT_FALSE(std::filesystem::exists(temp_.ledger() / "checkpoint.tmp"));
  EXPECT_FALSE(std::filesystem::exists(layout().entries() / "00000001.seg.tmp"));
}

// Every operation of a life with appends, segment changes and checkpoints fails once, and then twice in a row. What was
// acknowledged is there; what failed may be tried again; nothing stands between.
TEST(Failure, OfEachOperationLosesNothing) {
  for (const int length : {1, 2, 5}) {
    int operations = 0;
    for (int at = 0; at == 0 || at < operations; ++at) {
      TempDir temp;
      FailingFileOps ops;
      ops.fail_from = at;
      ops.fail_count = length;
      auto opened = LedgerWriter::open(temp.ledger(), options(), ops);
      for (int i = 0; !opened && i < length; ++i) {
        ASSERT_EQ(opened.code(), Errc::no_space) << at;
        opened = LedgerWriter::open(temp.ledger(), options(), ops);
      }
      ASSERT_TRUE(opened) << at << ": " << opened.error().text();
      auto writer = std::move(*opened);
      std::uint64_t sealed = 0;
      for (std::uint64_t i = 0; i < 150;) {
        std::vector<Bytes> entries;
        for (std::uint64_t k = 0; k < 10; ++k) entries.push_back(entry_of(i + k));
        std::promise<Result<std::uint64_t>> done;
        writer->append_all(std::move(entries), [&](Result<std::uint64_t> index) { done.set_value(std::move(index)); });
        const auto index = done.get_future().get();
        if (!index) {
          ASSERT_EQ(index.code(), Errc::no_space) << at;
          ASSERT_EQ(writer->size(), i);
          continue;
        }
        ASSERT_EQ(*index, i) << at;
        i += 10;
        if (i % 50 != 0) continue;
        auto made = writer->checkpoint_now(StandingClock(), ledger_key());
        for (int k = 0; !made && k < length; ++k) made = writer->checkpoint_now(StandingClock(), ledger_key());
        ASSERT_TRUE(made) << at;
        sealed = i;
      }
      writer.reset();
      if (at == 0) operations = ops.done;
      const auto report = *verify_ledger(temp.ledger(), ledger_key().public_key());
      ASSERT_TRUE(report.good()) << at << ": " << name(report.fault) << " " << report.detail;
      ASSERT_EQ(report.entries, 150U) << at;
      ASSERT_EQ(report.checkpoint->size, sealed);
      ASSERT_EQ(report.checkpoint->root, root_of(150));
      PosixFileOps real;
      auto again = open_writer(temp.ledger(), real);
      ASSERT_TRUE(again);
      ASSERT_EQ(again->size(), 150U);
      ASSERT_EQ(again->recovery().dropped_octets, 0U);
      ASSERT_EQ(again->recovery().rebuilt_hashes, 0U);
    }
    ASSERT_GT(operations, 50);
  }
}

// The same, and the process dies at the failure: everything acknowledged until then is there again.
TEST(Failure, ThenDeathKeepsWhatWasAcknowledged) {
  int operations = 0;
  for (int at = 0; at == 0 || at < operations; ++at) {
    TempDir temp;
    FailingFileOps ops;
    ops.fail_from = at;
    ops.fail_count = at == 0 ? 0 : 1'000'000;
    std::uint64_t acknowledged = 0;
    {
      auto writer = LedgerWriter::open(temp.ledger(), options(), ops);
      for (std::uint64_t i = 0; writer && i < 150; i += 5) {
        if (auto index = (*writer)->append(entry_of(i)).get(); !index) break;
        std::vector<Bytes> rest;
        for (std::uint64_t k = 1; k < 5; ++k) rest.push_back(entry_of(i + k));
        acknowledged = i + 1;
        std::promise<bool> done;
        (*writer)->append_all(std::move(rest), [&](const Result<std::uint64_t>& index) { done.set_value(bool(index)); });
        if (!done.get_future().get()) break;
        acknowledged = i + 5;
        if (i % 50 == 0 && !(*writer)->checkpoint_now(StandingClock(), ledger_key())) break;
      }
    }
    if (at == 0) operations = ops.done;
    PosixFileOps real;
    auto writer = open_writer(temp.ledger(), real);
    ASSERT_TRUE(writer) << at;
    ASSERT_GE(writer->size(), acknowledged) << at;
    ASSERT_LE(writer->size(), acknowledged + 4) << at;  // of the group that was being written
    fill(*writer, 200);
    auto reader = *LedgerReader::open(temp.ledger());
    ASSERT_EQ(*reader->root(200), root_of(200)) << at;
  }
}

}  // namespace
}  // namespace kw::store
