#include "agent/spool/file_port.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {
namespace {

using platform::fail_os;
using platform::UniqueFd;

Result<> write_all(int fd, ByteView octets, std::uint64_t offset, const std::string& name) {
  while (!octets.empty()) {
    const auto n = ::pwrite(fd, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("write " + name);
    octets = octets.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<Bytes> read_some(int fd, std::uint64_t offset, std::size_t length, const std::string& name) {
  Bytes out(length);
  std::size_t got = 0;
  while (got < length) {
    const auto n = ::pread(fd, out.data() + got, length - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("read " + name);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  out.resize(got);
  return out;
}

}  // namespace

Result<std::unique_ptr<PosixFiles>> PosixFiles::open(std::filesystem::path directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail_os("mkdir " + directory.string());
  const int lock = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return fail_os("open " + directory.string());
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    ::close(lock);
    if (taken) return fail(Errc::conflict, "another process uses " + directory.string());
    return fail(Errc::io, "lock " + directory.string());
  }
  return std::unique_ptr<PosixFiles>(new PosixFiles(std::move(directory), lock));
}

PosixFiles::~PosixFiles() {
  forget();
  ::close(lock_);
}

void PosixFiles::forget() {
  if (open_fd_ >= 0) ::close(open_fd_);
  open_fd_ = -1;
  open_name_.clear();
}

Result<int> PosixFiles::writable(const std::string& name) {
  if (open_fd_ >= 0 && open_name_ == name) return open_fd_;
  forget();
  open_fd_ = ::openat(lock_, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (open_fd_ < 0) return fail_os("open " + name);
  open_name_ = name;
  return open_fd_;
}

Result<std::vector<std::string>> PosixFiles::list() {
  const int copy = ::openat(lock_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return fail_os("list spool");
  DIR* dir = ::fdopendir(copy);
  if (dir == nullptr) {
    ::close(copy);
    return fail_os("list spool");
  }
  std::vector<std::string> out;
  while (const auto* entry = ::readdir(dir)) {
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
  }
  ::closedir(dir);
  return out;
}

Result<Bytes> PosixFiles::read(const std::string& name, std::size_t most) {
  const UniqueFd fd(::openat(lock_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return fail_os("open " + name);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_os("stat " + name);
  if (static_cast<std::uint64_t>(info.st_size) > most) return fail(Errc::too_large, name);
  return read_some(fd.get(), 0, static_cast<std::size_t>(info.st_size), name);
}

Result<Bytes> PosixFiles::read_at(const std::string& name, std::uint64_t offset, std::size_t length) {
  if (open_fd_ >= 0 && open_name_ == name) return read_some(open_fd_, offset, length, name);
  const UniqueFd fd(::openat(lock_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return fail_os("open " + name);
  return read_some(fd.get(), offset, length, name);
}

Result<> PosixFiles::write_at(const std::string& name, std::uint64_t offset, ByteView octets) {
  KW_TRY(const int fd, writable(name));
  return write_all(fd, octets, offset, name);
}

Result<> PosixFiles::truncate(const std::string& name, std::uint64_t size) {
  KW_TRY(const int fd, writable(name));
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return fail_os("truncate " + name);
  return {};
}

Result<> PosixFiles::sync(const std::string& name) {
  KW_TRY(const int fd, writable(name));
  if (::fdatasync(fd) != 0) return fail_os("sync " + name);
  return {};
}

Result<> PosixFiles::replace(const std::string& name, ByteView octets) {
  const auto part = name + ".part";
  {
    const UniqueFd fd(::openat(lock_, part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail_os("open " + part);
    KW_CHECK(write_all(fd.get(), octets, 0, part));
    if (::fsync(fd.get()) != 0) return fail_os("sync " + part);
  }
  if (::renameat(lock_, part.c_str(), lock_, name.c_str()) != 0) return fail_os("rename " + name);
  return sync_directory();
}

Result<> PosixFiles::remove(const std::string& name) {
  if (open_name_ == name) forget();
  if (::unlinkat(lock_, name.c_str(), 0) != 0 && errno != ENOENT) return fail_os("remove " + name);
  return {};
}

Result<bool> PosixFiles::in_place() {
  struct stat mine{}, named{};
  if (::fstat(lock_, &mine) != 0) return fail_os("stat spool");
  if (::stat(directory_.c_str(), &named) != 0) return errno == ENOENT ? Result<bool>(false) : fail_os("stat spool");
  return mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

Result<> PosixFiles::sync_directory() {
  if (::fsync(lock_) != 0) return fail_os("sync spool directory");
  return {};
}

}  // namespace kw::agent
