// While a batch is being written the one before it is answered: what that may and may not change.
#include "store/ledger/ledger_test_support.h"
#include "store/ledger/verify_ledger.h"

namespace kw::store {
namespace {

using namespace testing;

/// What callers were told about entry_of(0), entry_of(1) and so on.
using Answers = std::vector<Result<std::uint64_t>>;

/// Appends entry_of(0), holds the writer in its callback until `count` more wait, and lets it go on: the writer meets
/// full batches then. `told` is called at each answer, on the writer's thread.
Answers append_crowd(LedgerWriter& writer, std::uint64_t count, const std::function<void(std::uint64_t)>& told = {}) {
  Answers answers;
  std::promise<void> entered, go_on, finished;
  const auto tell = [&](std::uint64_t number, Result<std::uint64_t> index) {
    EXPECT_EQ(answers.size(), number) << "answers come in order";
    answers.push_back(std::move(index));
    if (told) told(number);
    if (number == count) finished.set_value();
  };
  writer.append(entry_of(0), [&](Result<std::uint64_t> index) {
    entered.set_value();
    go_on.get_future().wait();
    tell(0, std::move(index));
  });
  entered.get_future().wait();
  for (std::uint64_t i = 1; i <= count; ++i)
    writer.append(entry_of(i), [&tell, i](Result<std::uint64_t> index) { tell(i, std::move(index)); });
  go_on.set_value();
  finished.get_future().wait();
  return answers;
}

/// Writes down what happens to the newest segment, and writes to other files as "derived".
class WatchedFileOps final : public FileOps {
 public:
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (events_.empty() || events_.back() != what) events_.push_back(what);
  }
  [[nodiscard]] std::vector<std::string> take_events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }
  Result<FileHandle> open_for_writing(const std::filesystem::path& path) override {
    auto file = real_.open_for_writing(path);
    if (file && path.extension() == ".seg") segment_ = file->fd();
    return file;
  }
  Result<> write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) override {
    note(file.fd() == segment_ ? "write" : "derived");
    return real_.write_at(file, octets, offset);
  }
  Result<> start_write(const FileHandle& file, std::uint64_t offset, std::uint64_t octets) override {
    note("start");
    return real_.start_write(file, offset, octets);
  }
  Result<> truncate(const FileHandle& file, std::uint64_t size) override { return real_.truncate(file, size); }
  Result<> sync_data(const FileHandle& file) override {
    note("sync");
    return real_.sync_data(file);
  }
  Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return real_.rename(from, to);
  }
  Result<> remove(const std::filesystem::path& path) override { return real_.remove(path); }
  Result<> make_directory(const std::filesystem::path& path) override { return real_.make_directory(path); }
  Result<> sync_directory(const std::filesystem::path& path) override { return real_.sync_directory(path); }
  Result<> allocate(const FileHandle& file, std::uint64_t octets) override { return real_.allocate(file, octets); }
  Result<Space> space(const std::filesystem::path& path) override { return real_.space(path); }

 private:
  PosixFileOps real_;
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::atomic<int> segment_{-1};
};

TEST(Overlap, ABatchIsAnsweredAfterItsSyncAndWhileTheNextIsOnItsWay) {
  TempDir temp;
  WatchedFileOps ops;
  auto large = options();
  large.segment_octets = 1 << 20;  // one segment
  auto writer = *LedgerWriter::open(temp.ledger(), large, ops);
  ASSERT_FALSE(ops.take_events().empty());  // of opening
  const auto answers = append_crowd(*writer, 128, [&](std::uint64_t number) {
    ops.note(number == 0 ? "answer first" : number <= 64 ? "answer second" : "answer third");
  });
  for (std::uint64_t i = 0; i <= 128; ++i) ASSERT_EQ(*answers[i], i);
  const std::vector<std::string> expected = {
      "write",         "start",        "sync",  // the first entry alone
      "derived",       "answer first",          // nothing to write meanwhile
      "write",         "start",        "sync",  // the second batch
      "write",         "start",        "derived",
      "answer second", "sync",  // the third is on its way when the second is answered
      "derived",       "answer third"};
  EXPECT_EQ(ops.take_events(), expected);
}

void expect_entries(const std::filesystem::path& dir, const Answers& answers) {
  auto reader = *LedgerReader::open(dir);
  for (std::uint64_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) continue;
    ASSERT_EQ(*reader->entry(*answers[i]), entry_of(i)) << i;
  }
}

// Every write and sync fails once, and three times in a row, with batches behind each other.
TEST(Overlap, AFailureIsToldToItsBatchAlone) {
  for (const int length : {1, 3}) {
    int operations = 0;
    for (int at = 0; at == 0 || at < operations; ++at) {
      TempDir temp;
      FailingFileOps ops;
      auto writer = open_writer(temp.ledger(), ops);
      const int opened = ops.done;
      ops.fail_count = at == 0 ? 0 : length;
      ops.fail_from = opened + at - 1;
      const auto answers = append_crowd(*writer, 300);
      std::uint64_t good = 0;
      for (const auto& answer : answers) {
        if (!answer) {
          ASSERT_EQ(answer.code(), Errc::no_space) << at;
          continue;
        }
        ASSERT_EQ(*answer, good++) << at;
      }
      ASSERT_GE(good + static_cast<std::uint64_t>(length) * 64, answers.size()) << at;
      ASSERT_EQ(writer->size(), good) << at;
      if (at == 0) operations = ops.done - opened + 1;
      auto last = writer->append(entry_of(301)).get();  // drops what a failed batch may have left behind
      for (int i = 0; !last && i < length; ++i) last = writer->append(entry_of(301)).get();
      ASSERT_TRUE(last) << at;
      ASSERT_EQ(*last, good++) << at;
      auto made = writer->checkpoint_now(StandingClock(), ledger_key());
      for (int i = 0; !made && i < length; ++i) made = writer->checkpoint_now(StandingClock(), ledger_key());
      ASSERT_TRUE(made) << at;
      writer.reset();
      expect_entries(temp.ledger(), answers);
      const auto report = *verify_ledger(temp.ledger(), ledger_key().public_key());
      ASSERT_TRUE(report.good()) << at << ": " << name(report.fault) << " " << report.detail;
      ASSERT_EQ(report.checkpoint->size, good);
      PosixFileOps real;
      auto again = open_writer(temp.ledger(), real);
      ASSERT_EQ(again->size(), good);
      ASSERT_EQ(again->recovery().dropped_octets, 0U);
      ASSERT_EQ(again->recovery().rebuilt_hashes, 0U);
    }
    ASSERT_GT(operations, 30);
  }
}

// The process dies at the failure: what was acknowledged until then is there again, in its place.
TEST(Overlap, DeathKeepsWhatWasAcknowledged) {
  int operations = 0;
  for (int at = 0; at == 0 || at < operations; ++at) {
    TempDir temp;
    FailingFileOps ops;
    auto writer = open_writer(temp.ledger(), ops);
    const int opened = ops.done;
    ops.fail_count = at == 0 ? 0 : 1'000'000;
    ops.fail_from = opened + at - 1;
    const auto answers = append_crowd(*writer, 300);
    if (at == 0) operations = ops.done - opened + 1;
    writer.reset();
    PosixFileOps real;
    auto again = open_writer(temp.ledger(), real);
    ASSERT_TRUE(again) << at;
    const auto good =
        static_cast<std::uint64_t>(std::count_if(answers.begin(), answers.end(), [](auto& a) { return bool(a); }));
    ASSERT_GE(again->size(), good) << at;
    expect_entries(temp.ledger(), answers);
    auto reader = *LedgerReader::open(temp.ledger());
    ASSERT_EQ(*reader->root(again->size()), root_of(again->size())) << at;
  }
}

}  // namespace
}  // namespace kw::store
