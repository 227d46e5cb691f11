#pragma once
// Disks that break: one whose power is cut at any octet of any write, and one that is small.
#include <memory>

#include "store/ledger/ledger_test_support.h"

namespace kw::store::testing {

/// PosixFileOps that remember what would survive a power cut: file contents as of their last sync, and names as of
/// their directory's last sync. The cut comes in operation `cut_at`, a write having put `cut_octets` of its octets;
/// everything after it fails.
class PowerCutFileOps final : public FileOps {
 public:
  int cut_at = -1;
  std::size_t cut_octets = 0;
  int done = 0;
  std::vector<std::size_t> writes;  // octets of each operation; 0 for those that write nothing

  explicit PowerCutFileOps(std::filesystem::path dir) : dir_(std::move(dir)) {}

  /// lose makes the directory what the medium holds: everything that was not synced is gone.
  void lose() {
    std::vector<std::filesystem::path> files;
    for (const auto& item : std::filesystem::recursive_directory_iterator(dir_))
      if (item.is_regular_file()) files.push_back(item.path());
    for (const auto& file : files) std::filesystem::remove(file);
    for (const auto& [path, inode] : durable_) write_whole(path, inode->synced);
  }

  Result<FileHandle> open_for_writing(const std::filesystem::path& path) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    KW_TRY(auto file, real_.open_for_writing(path));
    auto& inode = live_[path.string()];
    if (!inode) inode = std::make_shared<Inode>();
    open_[file.fd()] = inode;
    return file;
  }
  Result<> write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) override {
    const std::lock_guard lock(mutex_);
    const bool cut = done == cut_at;
    const auto stepped = step(octets.size());
    if (cut) KW_CHECK(real_.write_at(file, octets.first(std::min(cut_octets, octets.size())), offset));
    KW_CHECK(stepped);
    return real_.write_at(file, octets, offset);
  }
  Result<> start_write(const FileHandle&, std::uint64_t, std::uint64_t) override { return plain(); }
  Result<> truncate(const FileHandle& file, std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    return real_.truncate(file, size);
  }
  Result<> allocate(const FileHandle& file, std::uint64_t octets) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    return real_.allocate(file, octets);
  }
  Result<> sync_data(const FileHandle& file) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    KW_TRY(const auto size, file_size(file));
    Bytes octets(size);
    KW_CHECK(read_at(file, octets, 0));
    open_.at(file.fd())->synced = std::move(octets);
    return {};
  }
  Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    KW_CHECK(real_.rename(from, to));
    live_[to.string()] = live_[from.string()];
    live_.erase(from.string());
    return {};
  }
  Result<> remove(const std::filesystem::path& path) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    live_.erase(path.string());
    return real_.remove(path);
  }
  Result<> make_directory(const std::filesystem::path& path) override {
    KW_CHECK(plain());
    return real_.make_directory(path);
  }
  Result<> sync_directory(const std::filesystem::path& path) override {
    const std::lock_guard lock(mutex_);
    KW_CHECK(step(0));
    const auto here = [&](const auto& item) { return std::filesystem::path(item.first).parent_path() == path; };
    std::erase_if(durable_, here);
    for (const auto& item : live_)
      if (here(item)) durable_.insert(item);
    return {};
  }
  Result<Space> space(const std::filesystem::path& path) override { return real_.space(path); }

 private:
  struct Inode {
    Bytes synced;
  };
  Result<> plain() {
    const std::lock_guard lock(mutex_);
    return step(0);
  }
  Result<> step(std::size_t octets) {
    writes.push_back(octets);
    const int number = done++;
    if (cut_at >= 0 && number >= cut_at) return fail(Errc::io, "the power is gone");
    return {};
  }
  const std::filesystem::path dir_;
  PosixFileOps real_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Inode>> live_, durable_;
  std::map<int, std::shared_ptr<Inode>> open_;
};

/// A disk of `capacity` octets for one directory: what does not fit fails with Errc::no_space after half of it.
class SmallDisk final : public FileOps {
 public:
  std::atomic<std::uint64_t> capacity;
  SmallDisk(std::filesystem::path dir, std::uint64_t octets) : capacity(octets), dir_(std::move(dir)) {}

  [[nodiscard]] std::uint64_t used() const {
    std::uint64_t out = 0;
    std::error_code ignored;  // files come and go while this looks
    for (std::filesystem::recursive_directory_iterator at(dir_, ignored), end; at != end; at.increment(ignored))
      if (at->is_regular_file(ignored)) out += at->file_size(ignored);
    return out;
  }
  Result<FileHandle> open_for_writing(const std::filesystem::path& path) override {
    return real_.open_for_writing(path);
  }
  Result<> write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) override {
    KW_TRY(const auto size, file_size(file));
    const auto end = offset + octets.size();
    if (end > size && used() + (end - size) > capacity) {
      const auto half = std::min<std::uint64_t>(octets.size() / 2, capacity - std::min(used(), capacity.load()));
      KW_CHECK(real_.write_at(file, octets.first(half), offset));
      return fail(Errc::no_space, "small disk");
    }
    return real_.write_at(file, octets, offset);
  }
  Result<> allocate(const FileHandle& file, std::uint64_t octets) override {
    KW_TRY(const auto size, file_size(file));
    if (octets > size && used() + (octets - size) > capacity) return fail(Errc::no_space, "small disk");
    return real_.allocate(file, octets);
  }
  Result<> start_write(const FileHandle&, std::uint64_t, std::uint64_t) override { return {}; }
  Result<> truncate(const FileHandle& file, std::uint64_t size) override { return real_.truncate(file, size); }
  Result<> sync_data(const FileHandle& file) override { return real_.sync_data(file); }
  Result<> rename(const std::filesystem::path& a, const std::filesystem::path& b) override {
    return real_.rename(a, b);
  }
  Result<> remove(const std::filesystem::path& path) override { return real_.remove(path); }
  Result<> make_directory(const std::filesystem::path& path) override { return real_.make_directory(path); }
  Result<> sync_directory(const std::filesystem::path& path) override { return real_.sync_directory(path); }
  Result<Space> space(const std::filesystem::path&) override {
    return Space{capacity, capacity - std::min(used(), capacity.load())};
  }

 private:
  const std::filesystem::path dir_;
  PosixFileOps real_;
};

}  // namespace kw::store::testing
