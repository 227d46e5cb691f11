#include "store/ledger/file_ops.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace kw::store {
namespace {

Errc code_of(int error) noexcept {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Errc::no_space;
    case ENOENT:
      return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::not_permitted;
    default:
      return Errc::io;
  }
}

/// Only the file's own name: errors travel to places that need not know the directory tree.
tl::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path, int error = errno) {
  return fail(code_of(error),
              std::string(what) + " " + path.filename().string() + ": " + std::generic_category().message(error));
}
tl::unexpected<Error> failed(std::string_view what, int error = errno) {
  return fail(code_of(error), std::string(what) + ": " + std::generic_category().message(error));
}

}  // namespace

FileHandle::FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}
FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FileHandle> PosixFileOps::open_for_writing(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0) return failed("open", path);
  return FileHandle(fd);
}

Result<> PosixFileOps::write_at(const FileHandle& file, ByteView octets, std::uint64_t offset) {
  while (!octets.empty()) {
    const auto n = ::pwrite(file.fd(), octets.data(), octets.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write");
    if (n == 0) return fail(Errc::io, "write: nothing was taken");
    octets = octets.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

// Without the flags that wait, sync_file_range takes no error away from the fdatasync after it.
Result<> PosixFileOps::start_write(const FileHandle& file, std::uint64_t offset, std::uint64_t octets) {
  const auto at = static_cast<off64_t>(offset), count = static_cast<off64_t>(octets);
  if (::sync_file_range(file.fd(), at, count, SYNC_FILE_RANGE_WRITE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS) return {};  // this file system or kernel does not know it
  return failed("write");
}

Result<> PosixFileOps::truncate(const FileHandle& file, std::uint64_t size) {
  if (::ftruncate(file.fd(), static_cast<off_t>(size)) != 0) return failed("truncate");
  return {};
}

Result<> PosixFileOps::sync_data(const FileHandle& file) {
  if (::fdatasync(file.fd()) != 0) return failed("fdatasync");
  return {};
}

Result<> PosixFileOps::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", to);
  return {};
}

Result<> PosixFileOps::remove(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0) return failed("remove", path);
  return {};
}

Result<> PosixFileOps::make_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return failed("mkdir", path);
  return {};
}

Result<> PosixFileOps::sync_directory(const std::filesystem::path& path) {
  const FileHandle dir(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.is_open()) return failed("open", path);
  if (::fsync(dir.fd()) != 0) return failed("fsync", path);
  return {};
}

Result<> PosixFileOps::allocate(const FileHandle& file, std::uint64_t octets) {
  const int error = ::posix_fallocate(file.fd(), 0, static_cast<off_t>(octets));
  if (error != 0) return failed("allocate", error);
  return {};
}

Result<Space> PosixFileOps::space(const std::filesystem::path& path) {
  struct statvfs about{};
  if (::statvfs(path.c_str(), &about) != 0) return failed("statvfs", path);
  return Space{std::uint64_t{about.f_blocks} * about.f_frsize, std::uint64_t{about.f_bavail} * about.f_frsize};
}

Result<FileHandle> open_for_reading(const std::filesystem::path& path) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failed("open", path);
  return file;
}

Result<std::uint64_t> file_size(const FileHandle& file) {
  struct stat about{};
  if (::fstat(file.fd(), &about) != 0) return failed("stat");
  return static_cast<std::uint64_t>(about.st_size);
}

Result<std::size_t> read_at(const FileHandle& file, MutableByteView out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto n = ::pread(file.fd(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<Bytes> read_small_file(const std::filesystem::path& path, std::size_t most) {
  KW_TRY(auto file, open_for_reading(path));
  Bytes out(most + 1);
  KW_TRY(auto n, read_at(file, out, 0));
  if (n > most) return fail(Errc::too_large, path.filename().string());
  out.resize(n);
  return out;
}

Result<FileHandle> lock_file(const std::filesystem::path& path) {
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file.is_open()) return failed("open", path);
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno == EWOULDBLOCK) return fail(Errc::conflict, path.filename().string() + " is held by another process");
  return failed("lock", path);
}

Result<> replace_file(FileOps& ops, const std::filesystem::path& path, ByteView octets) {
  std::filesystem::path next = path;
  next += ".tmp";
  KW_TRY(auto file, ops.open_for_writing(next));
  KW_CHECK(ops.truncate(file, 0));
  KW_CHECK(ops.write_at(file, octets, 0));
  KW_CHECK(ops.sync_data(file));
  KW_CHECK(ops.rename(next, path));
  return ops.sync_directory(path.parent_path());
}

}  // namespace kw::store
