#include "platform/linux/file_digests.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <limits>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::size_t kPart = std::size_t{32} << 10;  // stays in the processor's cache between reading and hashing

std::int64_t nanoseconds(const statx_timestamp& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; }

Result<FileLook> look(int fd, const char* path, int flags) {
  struct statx found{};
  if (::statx(fd, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &found) != 0)
    return fail_os(std::string("look at ") + path);
  FileLook out;
  out.identity = {::gnu_dev_makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino, found.stx_size,
                  nanoseconds(found.stx_mtime), nanoseconds(found.stx_ctime)};
  out.mode = found.stx_mode;
  out.uid = found.stx_uid;
  out.gid = found.stx_gid;
  out.names = found.stx_nlink;
  return out;
}

/// A file that has more than `most` octets grows while it is read.
Result<crypto::Digest> hash(int fd, const BeforeRead& before, std::uint64_t most) {
  std::array<Byte, kPart> part;  // filled by each read
  crypto::Sm3 sum;
  for (off_t at = 0;;) {
    if (before && !before(kPart)) return fail(Errc::cancelled);
    const auto n = ::pread(fd, part.data(), part.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("read");
    if (n == 0) return sum.finish();
    sum.update(ByteView(part.data(), static_cast<std::size_t>(n)));
    at += n;
    if (static_cast<std::uint64_t>(at) > most) return fail(Errc::conflict, "the file grows while it is read");
  }
}

}  // namespace

Result<FileLook> look_at(int fd) { return look(fd, "", AT_EMPTY_PATH); }
Result<FileLook> look_at_path(const std::string& path, bool follow) {
  return look(AT_FDCWD, path.c_str(), follow ? 0 : AT_SYMLINK_NOFOLLOW);
}

Result<crypto::Digest> digest_of(int fd, const BeforeRead& before) {
  KW_TRY(const auto first, look_at(fd));
  KW_TRY(const auto digest, hash(fd, before, first.identity.size));
  KW_TRY(const auto last, look_at(fd));
  if (last.identity != first.identity) return fail(Errc::conflict, "the file changed while it was read");
  return digest;
}

Result<crypto::Digest> digest_as_read(int fd, const BeforeRead& before) {
  return hash(fd, before, std::numeric_limits<std::uint64_t>::max());
}

bool may_be_written(int fd) {
  // A read lease is refused while anybody can write (fcntl(2)). Whoever breaks it in the moment between the two calls
  // is told by SIGURG, which nobody minds, in place of SIGIO, which ends a process.
  if (::fcntl(fd, F_SETSIG, SIGURG) != 0) return true;
  const bool refused = ::fcntl(fd, F_SETLEASE, F_RDLCK) != 0;
  ::fcntl(fd, F_SETLEASE, F_UNLCK);
  return refused;
}

UniqueFd open_to_read(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  UniqueFd fd(::open(path.c_str(), kFlags | O_NOATIME));
  if (!fd && errno == EPERM) fd.reset(::open(path.c_str(), kFlags));  // O_NOATIME is the owner's and root's
  return fd;
}

Result<device::FileState> state_of(const std::string& path, const BeforeRead& before) {
  KW_TRY(const auto seen, look_at_path(path));
  device::FileState out{{}, seen.mode, seen.uid, seen.gid};
  if (S_ISLNK(seen.mode)) {
    std::string target(PATH_MAX, '\0');
    const auto n = ::readlink(path.c_str(), target.data(), target.size());
    if (n < 0) return fail_os("read link " + path);
    target.resize(static_cast<std::size_t>(n));
    out.digest = crypto::sm3(bytes_of(target));
    return out;
  }
  if (!S_ISREG(seen.mode)) return out;
  const auto fd = open_to_read(path);
  if (!fd) return fail_os("open " + path);
  KW_TRY(const auto opened, look_at(fd.get()));
  if (!S_ISREG(opened.mode)) return fail(Errc::conflict, path + " was replaced while it was looked at");
  out = {{}, opened.mode, opened.uid, opened.gid};
  auto digest = digest_of(fd.get(), before);
  if (!digest) return Result<device::FileState>(digest.error().within(path));
  out.digest = *digest;
  return out;
}

}  // namespace kw::platform
