#pragma once
// FilePort is everything that the spool does to its directory, so that tests can fail each step in turn.
//
// PosixFiles is the real one. Names are plain file names inside the one directory. Used by one thread at a time.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::agent {

class FilePort {
 public:
  virtual ~FilePort() = default;
  virtual Result<std::vector<std::string>> list() = 0;
  /// read refuses files above `most` octets (Errc::too_large); Errc::not_found.
  virtual Result<Bytes> read(const std::string& name, std::size_t most) = 0;
  virtual Result<Bytes> read_at(const std::string& name, std::uint64_t offset, std::size_t length) = 0;
  /// write_at writes at `offset`, making the file (mode 0600) where it is absent. Some octets may be there after an
  /// error.
  virtual Result<> write_at(const std::string& name, std::uint64_t offset, ByteView octets) = 0;
  virtual Result<> truncate(const std::string& name, std::uint64_t size) = 0;
  virtual Result<> sync(const std::string& name) = 0;  // fdatasync
  /// replace puts a whole small file in place durably: the old one or the new one is there after a crash.
  virtual Result<> replace(const std::string& name, ByteView octets) = 0;
  virtual Result<> remove(const std::string& name) = 0;
  virtual Result<> sync_directory() = 0;
  /// in_place: false where the directory itself was removed or moved away.
  virtual Result<bool> in_place() = 0;
};

class PosixFiles final : public FilePort {
 public:
  /// open makes the directory (mode 0700) where it is absent.
  static Result<std::unique_ptr<PosixFiles>> open(std::filesystem::path directory);
  ~PosixFiles() override;
  PosixFiles(const PosixFiles&) = delete;
  PosixFiles& operator=(const PosixFiles&) = delete;

  Result<std::vector<std::string>> list() override;
  Result<Bytes> read(const std::string& name, std::size_t most) override;
  Result<Bytes> read_at(const std::string& name, std::uint64_t offset, std::size_t length) override;
  Result<> write_at(const std::string& name, std::uint64_t offset, ByteView octets) override;
  Result<> truncate(const std::string& name, std::uint64_t size) override;
  Result<> sync(const std::string& name) override;
  Result<> replace(const std::string& name, ByteView octets) override;
  Result<> remove(const std::string& name) override;
  Result<> sync_directory() override;
  Result<bool> in_place() override;

 private:
  PosixFiles(std::filesystem::path directory, int lock) : directory_(std::move(directory)), lock_(lock) {}
  Result<int> writable(const std::string& name);
  void forget();

  std::filesystem::path directory_;
  int lock_ = -1;          // the directory itself, flocked: one process at a time
  std::string open_name_;  // the file that is open for writing
  int open_fd_ = -1;
};

}  // namespace kw::agent
