#include "store/ledger/ledger_writer.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <thread>

#include "ledger/proof.h"
#include "store/ledger/ledger_test_support.h"

namespace kw::store {
namespace {

using namespace testing;

class Writer : public ::testing::Test {
 protected:
  TempDir temp_;
  PosixFileOps ops_;
};

TEST_F(Writer, WhatIsAppendedIsRead) {
  auto writer = open_writer(temp_.ledger(), ops_);
  fill(*writer, 1000);
  EXPECT_EQ(writer->size(), 1000U);
  EXPECT_EQ(*writer->append(entry_of(1000)).get(), 1000U);

  auto reader = *LedgerReader::open(temp_.ledger());
  EXPECT_EQ(*reader->size(), 1001U);
  for (const std::uint64_t i : {0, 1, 255, 256, 999, 1000}) EXPECT_EQ(*reader->entry(i), entry_of(i)) << i;
  EXPECT_EQ(*reader->root(1001), root_of(1001));
  EXPECT_EQ(*reader->leaf(700), ledger::leaf_hash(entry_of(700)));
  EXPECT_EQ(reader->entry(1001).code(), Errc::not_found);
  EXPECT_EQ(reader->leaf(1001).code(), Errc::not_found);
  EXPECT_EQ(reader->inclusion(0, 1002).code(), Errc::not_found);
  EXPECT_GT(list_segments({temp_.ledger()})->size(), 3U) << "the test means to cross segments";

  std::uint64_t next = 600;
  ASSERT_TRUE(reader->for_each_from(600, [&](std::uint64_t index, ByteView entry) -> Result<> {
    EXPECT_EQ(index, next);
    EXPECT_TRUE(equal(entry, entry_of(next++)));
    return {};
  }));
  EXPECT_EQ(next, 1001U);
  const auto stopped = reader->for_each_from(3, [](std::uint64_t, ByteView) -> Result<> { return fail(Errc::cancelled); });
  EXPECT_EQ(stopped.code(), Errc::cancelled);
  EXPECT_TRUE(reader->for_each_from(5000, [](std::uint64_t, ByteView) -> Result<> { return fail(Errc::internal); }));
}

TEST_F(Writer, TakesEntriesOfEverySize) {
  auto writer = open_writer(temp_.ledger(), ops_);
  const std::vector<std::size_t> sizes = {1, 4095, 4096, 5000, 65535, 65536};
  for (const auto size : sizes) ASSERT_TRUE(writer->append(Bytes(size, 7)).get());
  auto reader = *LedgerReader::open(temp_.ledger());
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(*reader->entry(i), Bytes(sizes[i], 7));
}

TEST_F(Writer, RefusesWhatIsNoEntry) {
  auto writer = open_writer(temp_.ledger(), ops_);
  EXPECT_EQ(writer->append(Bytes()).get().code(), Errc::invalid);
  EXPECT_EQ(writer->append(Bytes(65537)).get().code(), Errc::invalid);
  std::vector<Result<std::uint64_t>> told;
  const auto tell = [&](Result<std::uint64_t> index) { told.push_back(std::move(index)); };
  writer->append_all({}, tell);
  writer->append_all({entry_of(0), Bytes()}, tell);
  writer->append_all(std::vector<Bytes>(65, entry_of(0)), tell);  // above max_batch
  ASSERT_EQ(told.size(), 3U);
  for (const auto& index : told) EXPECT_EQ(index.code(), Errc::invalid);
  EXPECT_EQ(writer->size(), 0U);
}

TEST_F(Writer, RefusesOptionsOutOfRange) {
  const auto refused = [&](auto change) {
    auto wrong = options();
    change(wrong);
    return LedgerWriter::open(temp_.ledger(), wrong, ops_).code();
  };
  EXPECT_EQ(refused([](auto& o) { o.origin.clear(); }), Errc::invalid);
  EXPECT_EQ(refused([](auto& o) { o.segment_octets = 100; }), Errc::invalid);
  EXPECT_EQ(refused([](auto& o) { o.max_batch = 0; }), Errc::invalid);
  EXPECT_EQ(refused([](auto& o) { o.max_waiting = 1; }), Errc::invalid);
}

TEST_F(Writer, TellsACallerThatTooManyWait) {
  std::promise<void> entered, go_on;
  auto small = options();
  small.max_waiting = 64;
  auto writer = *LedgerWriter::open(temp_.ledger(), small, ops_);
  writer->append(entry_of(0), [&](const Result<std::uint64_t>&) {
    entered.set_value();
    go_on.get_future().wait();
  });
  entered.get_future().wait();  // the writer's thread stands in the callback
  std::vector<std::future<Result<std::uint64_t>>> waiting;
  for (std::uint64_t i = 1; i <= 64; ++i) waiting.push_back(writer->append(entry_of(i)));
  EXPECT_EQ(writer->append(entry_of(65)).get().code(), Errc::unavailable);
  go_on.set_value();
  for (std::uint64_t i = 1; i <= 64; ++i) EXPECT_EQ(*waiting[i - 1].get(), i);
}

TEST_F(Writer, ManyCallersGetEachIndexOnceAndInOrder) {
  auto writer = open_writer(temp_.ledger(), ops_);
  constexpr int kThreads = 4, kEach = 500;
  std::mutex mutex;
  std::vector<std::uint64_t> indices;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i)
        writer->append(entry_of(1), [&](Result<std::uint64_t> index) {
          const std::lock_guard lock(mutex);
          indices.push_back(index ? *index : ~std::uint64_t{0});
        });
    });
  for (auto& thread : threads) thread.join();
  writer.reset();  // commits what was accepted
  ASSERT_EQ(indices.size(), std::size_t{kThreads * kEach});
  for (std::size_t i = 0; i < indices.size(); ++i) ASSERT_EQ(indices[i], i);
}

TEST_F(Writer, ACallbackMayAppend) {
  auto writer = open_writer(temp_.ledger(), ops_);
  std::promise<Result<std::uint64_t>> second;
  writer->append(entry_of(0), [&](const Result<std::uint64_t>&) {
    writer->append(entry_of(1), [&](Result<std::uint64_t> index) { second.set_value(std::move(index)); });
  });
  EXPECT_EQ(*second.get_future().get(), 1U);
}

TEST_F(Writer, CheckpointsCoverWhatIsThereAndAreProved) {
  auto writer = open_writer(temp_.ledger(), ops_);
  auto reader = *LedgerReader::open(temp_.ledger());
  EXPECT_EQ(reader->checkpoint().code(), Errc::not_found);
  std::vector<ledger::Checkpoint> seen;
  for (const std::uint64_t size : {0, 1, 255, 256, 300, 700}) {
    fill(*writer, size);
    auto made = writer->checkpoint_now(StandingClock(), ledger_key());
    ASSERT_TRUE(made);
    const auto stored = *ledger::open_checkpoint(*reader->checkpoint(), ledger_key().public_key());
    EXPECT_EQ(stored, (ledger::Checkpoint{"test.example", size, root_of(size), StandingClock().now()}));
    for (const auto& old : seen) {
      const auto proof = reader->consistency(old.size, size);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(ledger::verify_consistency(old.size, old.root, size, stored.root, *proof));
    }
    seen.push_back(stored);
    if (size == 0) continue;
    const auto path = *reader->inclusion(size - 1, size);
    EXPECT_TRUE(ledger::verify_inclusion(ledger::leaf_hash(entry_of(size - 1)), size - 1, size, path, stored.root));
  }
}

TEST_F(Writer, ReadersBesideTheWriterSeeOnlyWhatProves) {
  auto writer = open_writer(temp_.ledger(), ops_);
  auto reader = *LedgerReader::open(temp_.ledger());
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  std::atomic<bool> stop{false};
  std::atomic<int> bad{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      while (!stop) {
        const auto head = ledger::open_checkpoint(*reader->checkpoint(), ledger_key().public_key());
        if (!head || head->size == 0) continue;
        const std::uint64_t index = head->size / 2;
        const auto entry = reader->entry(index);
        const auto proof = reader->inclusion(index, head->size);
        if (!entry || !proof || !ledger::verify_inclusion(ledger::leaf_hash(*entry), index, head->size, *proof, head->root))
          ++bad;
      }
    });
  for (std::uint64_t size = 50; size <= 2000; size += 50) {
    fill(*writer, size, 64);
    ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(bad, 0);
}

TEST_F(Writer, OneProcessHoldsADirectory) {
  auto writer = open_writer(temp_.ledger(), ops_);
  EXPECT_EQ(LedgerWriter::open(temp_.ledger(), options(), ops_).code(), Errc::conflict);
  writer.reset();
  EXPECT_TRUE(LedgerWriter::open(temp_.ledger(), options(), ops_));
}

TEST_F(Writer, GoesOnWhereItStopped) {
  for (const std::uint64_t size : {0, 3, 100, 256, 600}) {
    auto writer = open_writer(temp_.ledger(), ops_);
    EXPECT_EQ(writer->recovery().dropped_octets, 0U);
    EXPECT_EQ(writer->recovery().rebuilt_hashes, 0U);
    EXPECT_EQ(writer->recovery().entries, writer->size());
    fill(*writer, size);
    ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  }
  auto writer = open_writer(temp_.ledger(), ops_);
  EXPECT_EQ(writer->recovery().checkpoint_size, 600U);
  auto reader = *LedgerReader::open(temp_.ledger());
  EXPECT_EQ(*reader->root(600), root_of(600));
}

TEST_F(Writer, KeepsAnotherLogsNameOut) {
  make_ledger(temp_.ledger(), 5);
  auto other = options();
  other.origin = "other.example";
  EXPECT_EQ(LedgerWriter::open(temp_.ledger(), other, ops_).code(), Errc::conflict);
  auto stranger = options();
  stranger.key = crypto::Sm2PrivateKey::generate()->public_key();
  EXPECT_EQ(LedgerWriter::open(temp_.ledger(), stranger, ops_).code(), Errc::bad_signature);
}

TEST(Reader, NeedsALedger) {
  TempDir temp;
  EXPECT_EQ(LedgerReader::open(temp.ledger()).code(), Errc::not_found);
}

TEST(Reader, NoticesARottenRecord) {
  TempDir temp;
  make_ledger(temp.ledger(), 20);
  const auto path = LedgerLayout{temp.ledger()}.segment(0);
  auto octets = read_whole(path);
  octets[kSegmentHeader + kRecordHeader] ^= 1;
  write_whole(path, octets);
  auto reader = *LedgerReader::open(temp.ledger());
  EXPECT_EQ(reader->entry(0).code(), Errc::corrupt);
  EXPECT_TRUE(reader->entry(1));
  EXPECT_EQ(reader->for_each_from(0, [](std::uint64_t, ByteView) -> Result<> { return {}; }).code(), Errc::corrupt);
  std::filesystem::remove(path);
  EXPECT_EQ((*LedgerReader::open(temp.ledger()))->entry(1).code(), Errc::corrupt);
}

}  // namespace
}  // namespace kw::store
