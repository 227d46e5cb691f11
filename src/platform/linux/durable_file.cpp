#include "platform/linux/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> sync_directory(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_os("open " + directory);
  if (::fsync(fd.get()) != 0) return fail_os("sync " + directory);
  return {};
}

Result<> write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> fill_and_rename(const UniqueFd& fd, const std::string& temporary, const std::string& path, ByteView bytes,
                         mode_t mode, const FileOwner* owner) {
  KW_CHECK(write_all(fd.get(), bytes));
  if (owner != nullptr && ::fchown(fd.get(), owner->uid, owner->gid) != 0) return fail_os("chown");
  if (::fchmod(fd.get(), mode) != 0) return fail_os("chmod");
  if (::fsync(fd.get()) != 0) return fail_os("sync");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail_os("rename");
  return {};
}

Result<> replace_file(std::string temporary, const std::string& path, ByteView bytes, mode_t mode,
                      const FileOwner* owner) {
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_os("create beside " + path);
  if (auto done = fill_and_rename(fd, temporary, path, bytes, mode, owner); !done) {
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT)
      return tl::unexpected<Error>(done.error().within(path + " (and its temporary file stayed)"));
    return tl::unexpected<Error>(done.error().within(path));
  }
  return sync_directory(directory_of(path));
}

Result<> ensure_owned(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && (errno == ENOTDIR || errno == ELOOP)) return fail(Errc::not_permitted, path + " is no directory");
  if (!fd) return fail_os("open " + path);
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return fail_os("stat " + path);
  if (facts.st_uid != ::geteuid()) return fail(Errc::not_permitted, path + " belongs to somebody else");
  if ((facts.st_mode & 07777) != 0700 && ::fchmod(fd.get(), 0700) != 0) return fail_os("chmod " + path);
  return {};
}

Result<Bytes> read_whole(const std::string& path, std::size_t most, bool only_ours, int flags = 0) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags));
  if (!fd) return fail_os("open " + path);
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return fail_os("stat " + path);
  if (!S_ISREG(facts.st_mode)) return fail(Errc::io, path + " is no regular file");
  if (only_ours && facts.st_uid != ::geteuid()) return fail(Errc::not_permitted, path + " belongs to somebody else");
  if (only_ours && (facts.st_mode & 077) != 0)
    return fail(Errc::not_permitted, path + " is open to others (chmod 600)");
  if (facts.st_size > 0 && static_cast<std::size_t>(facts.st_size) > most) return fail(Errc::too_large, path);
  // Files of /proc and /sys have size 0 or a page: the octets decide, not the announced size.
  Bytes out;
  std::array<Byte, 16384> part{};
  for (;;) {
    const auto n = ::read(fd.get(), part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("read " + path);
    if (n == 0) return out;
    if (out.size() + static_cast<std::size_t>(n) > most) return fail(Errc::too_large, path);
    append(out, ByteView(part.data(), static_cast<std::size_t>(n)));
  }
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t most) { return read_whole(path, most, false); }
Result<Bytes> read_file_itself(const std::string& path, std::size_t most) {
  return read_whole(path, most, false, O_NOFOLLOW);
}
Result<Bytes> read_private_file(const std::string& path, std::size_t most) { return read_whole(path, most, true); }

Result<> write_file_durably(const std::string& path, ByteView bytes, mode_t mode) {
  return replace_file(path + ".XXXXXX", path, bytes, mode, nullptr);
}

Result<> write_file_durably_for(FileOwner owner, const std::string& staging, const std::string& path, ByteView bytes,
                                mode_t mode) {
  return replace_file(staging + "/" + path.substr(path.rfind('/') + 1) + ".XXXXXX", path, bytes, mode, &owner);
}

Result<> remove_file_durably(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_os("remove " + path);
  return sync_directory(directory_of(path));
}

Result<> make_private_dir(const std::string& path) {
  if (path.empty()) return fail(Errc::invalid, "empty directory name");
  std::string whole = path;
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  for (auto slash = whole.find('/', 1); slash != std::string::npos; slash = whole.find('/', slash + 1)) {
    const auto parent = whole.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return fail_os("make " + parent);
  }
  if (::mkdir(whole.c_str(), 0700) != 0 && errno != EEXIST) return fail_os("make " + whole);
  KW_CHECK(ensure_owned(whole));
  return sync_directory(directory_of(whole));
}

}  // namespace kw::platform
