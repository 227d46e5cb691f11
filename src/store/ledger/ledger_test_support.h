#pragma once
// What the tests of the ledger's files share: a scratch directory, a clock that stands, files that fail on demand.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "ledger/frontier.h"
#include "store/ledger/layout.h"
#include "store/ledger/ledger_reader.h"
#include "store/ledger/ledger_writer.h"

namespace kw::store::testing {

class TempDir {
 public:
  TempDir() {
    // In memory where there is such a place: the tests are about order and content, and sync thousands of times.
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "kw-ledger-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no scratch directory in " << parent;
    path_ = pattern;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path ledger() const { return path_ / "ledger"; }

 private:
  std::filesystem::path path_;
};

class StandingClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return Timestamp::from_seconds(1'700'000'000); }
  [[nodiscard]] Duration steady() const override { return Duration(0); }
};

inline const crypto::Sm2PrivateKey& ledger_key() {
  static const auto key = *crypto::Sm2PrivateKey::generate();
  return key;
}

inline LedgerOptions options() {
  return {.origin = "test.example", .key = ledger_key().public_key(), .segment_octets = 4096, .max_batch = 64};
}

inline Bytes entry_of(std::uint64_t i) { return copy(bytes_of("entry-" + std::to_string(i))); }

/// The root over entry_of(0) to entry_of(size - 1).
inline ledger::Hash root_of(std::uint64_t size) {
  ledger::Frontier frontier;
  while (frontier.size() < size) frontier.append(ledger::leaf_hash(entry_of(frontier.size())));
  return frontier.root();
}

inline std::unique_ptr<LedgerWriter> open_writer(const std::filesystem::path& dir, FileOps& ops) {
  auto writer = LedgerWriter::open(dir, options(), ops);
  EXPECT_TRUE(writer) << writer.error().text();
  return writer ? std::move(*writer) : nullptr;
}

/// Appends entry_of(size()) and so on up to `to`, in groups of `group`.
inline void fill(LedgerWriter& writer, std::uint64_t to, std::size_t group = 10) {
  for (std::uint64_t at = writer.size(); at < to;) {
    std::vector<Bytes> entries;
    for (; at < to && entries.size() < group; ++at) entries.push_back(entry_of(at));
    std::promise<Result<std::uint64_t>> done;
    const std::uint64_t first = at - entries.size();
    writer.append_all(std::move(entries), [&](Result<std::uint64_t> index) { done.set_value(std::move(index)); });
    const auto index = done.get_future().get();
    ASSERT_TRUE(index) << index.error().text();
    ASSERT_EQ(*index, first);
  }
}

/// A ledger of `size` entries with a checkpoint over them.
inline void make_ledger(const std::filesystem::path& dir, std::uint64_t size) {
  PosixFileOps ops;
  auto writer = open_writer(dir, ops);
  ASSERT_TRUE(writer);
  fill(*writer, size);
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
}

inline Bytes read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
inline void write_whole(const std::filesystem::path& path, ByteView octets) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text_of(octets);
}

/// Files below a directory and their octets, to see that nothing changed.
inline std::map<std::string, Bytes> snapshot(const std::filesystem::path& dir) {
  std::map<std::string, Bytes> out;
  for (const auto& item : std::filesystem::recursive_directory_iterator(dir))
    if (item.is_regular_file()) out[item.path().string()] = read_whole(item.path());
  return out;
}

/// PosixFileOps that fail the operations numbered [fail_from, fail_from + fail_count), writes after half of the octets.
class FailingFileOps final : public FileOps {
 public:
  std::atomic<int> done{0};
  std::atomic<int> fail_from{-1};
  std::atomic<int> fail_count{1};
  Errc with = Errc::no_space;

  Result<FileHandle> open_for_writing(const std::filesystem::path& path) override {
    if (due()) return fail(with, "open");
    return real_.open_for_writing(path);
  }
  Result<> write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) override {
    if (!due()) return real_.write_at(file, octets, offset);
    KW_CHECK(real_.write_at(file, octets.first(octets.size() / 2), offset));
    return fail(with, "write");
  }
  Result<> start_write(const FileHandle& file, std::uint64_t offset, std::uint64_t octets) override {
    if (due()) return fail(with, "start write");
    return real_.start_write(file, offset, octets);
  }
  Result<> truncate(const FileHandle& file, std::uint64_t size) override {
    if (due()) return fail(with, "truncate");
    return real_.truncate(file, size);
  }
  Result<> sync_data(const FileHandle& file) override {
    if (due()) return fail(with, "sync");
    return real_.sync_data(file);
  }
  Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (due()) return fail(with, "rename");
    return real_.rename(from, to);
  }
  Result<> remove(const std::filesystem::path& path) override {
    if (due()) return fail(with, "remove");
    return real_.remove(path);
  }
  Result<> make_directory(const std::filesystem::path& path) override {
    if (due()) return fail(with, "mkdir");
    return real_.make_directory(path);
  }
  Result<> sync_directory(const std::filesystem::path& path) override {
    if (due()) return fail(with, "sync directory");
    return real_.sync_directory(path);
  }
  Result<> allocate(const FileHandle& file, std::uint64_t octets) override {
    if (due()) return fail(with, "allocate");
    return real_.allocate(file, octets);
  }
  Result<Space> space(const std::filesystem::path& path) override { return real_.space(path); }

 private:
  bool due() {
    const int number = done++;
    return fail_from >= 0 && number >= fail_from && number < fail_from + fail_count;
  }
  PosixFileOps real_;
};

}  // namespace kw::store::testing
