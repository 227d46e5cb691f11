#pragma once
// FileOps is the port to everything that the ledger changes on disk, so that tests can fail each write and sync in
// turn.
//
// PosixFileOps is the real one. Implementations are thread-safe.
#include <cstdint>
#include <filesystem>

#include "base/bytes.h"

namespace kw::store {

/// FileHandle owns a file descriptor.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) noexcept : fd_(fd) {}
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Room of a file system, in octets: all of it, and what a process without privileges may still take.
struct Space {
  std::uint64_t total = 0, free = 0;
};

class FileOps {
 public:
  virtual ~FileOps() = default;
  /// open_for_writing opens (read and write), making the file with mode 0640 where it is absent.
  virtual Result<FileHandle> open_for_writing(const std::filesystem::path& path) = 0;
  /// write_at writes all octets or fails (Errc::no_space, Errc::io); some may have been written then.
  virtual Result<> write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) = 0;
  /// start_write has the medium begin with octets that were written, so that sync_data finds less to wait for. It may
  /// do nothing; sync_data alone tells what is durable. An error means that the octets cannot reach the medium.
  virtual Result<> start_write(const FileHandle& file, std::uint64_t offset, std::uint64_t octets) = 0;
  virtual Result<> truncate(const FileHandle& file, std::uint64_t size) = 0;
  /// allocate gives a file blocks for its first `octets`, and that size; Errc::no_space where there are not so many.
  virtual Result<> allocate(const FileHandle& file, std::uint64_t octets) = 0;
  /// sync_data is fdatasync: the octets, and the size that leads to them, are on the medium when it succeeds.
  virtual Result<> sync_data(const FileHandle& file) = 0;
  virtual Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual Result<> remove(const std::filesystem::path& path) = 0;
  virtual Result<> make_directory(const std::filesystem::path& path) = 0;  // mode 0750; succeeds where it is there
  virtual Result<> sync_directory(const std::filesystem::path& path) = 0;
  /// space of the file system that holds `path`; it changes nothing, and is here because tests make disks full.
  virtual Result<Space> space(const std::filesystem::path& path) = 0;
};

class PosixFileOps final : public FileOps {
 public:
  Result<FileHandle> open_for_writing(const std::filesystem::path& path) override;
  Result<> write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) override;
  Result<> start_write(const FileHandle& file, std::uint64_t offset, std::uint64_t octets) override;
  Result<> truncate(const FileHandle& file, std::uint64_t size) override;
  Result<> sync_data(const FileHandle& file) override;
  Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<> remove(const std::filesystem::path& path) override;
  Result<> make_directory(const std::filesystem::path& path) override;
  Result<> sync_directory(const std::filesystem::path& path) override;
  Result<> allocate(const FileHandle& file, std::uint64_t octets) override;
  Result<Space> space(const std::filesystem::path& path) override;
};

/// open_for_reading: Errc::not_found, Errc::not_permitted or Errc::io.
Result<FileHandle> open_for_reading(const std::filesystem::path& path);
Result<std::uint64_t> file_size(const FileHandle& file);
/// read_at reads up to out.size() octets and tells how many there were before the end of the file.
Result<std::size_t> read_at(const FileHandle& file, MutableByteView out, std::uint64_t offset);
/// read_small_file refuses files above `most` octets (Errc::too_large).
Result<Bytes> read_small_file(const std::filesystem::path& path, std::size_t most);
/// lock_file holds an exclusive lock for as long as the handle lives; Errc::conflict where another holds it.
Result<FileHandle> lock_file(const std::filesystem::path& path);
/// replace_file puts a whole file in place so that a crash leaves the old or the new one: write, sync, rename, sync.
Result<> replace_file(FileOps& ops, const std::filesystem::path& path, ByteView octets);

}  // namespace kw::store
