#include "platform/linux/scan_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

#include "base/text.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {
constexpr std::size_t kPart = std::size_t{128} << 10;  // stays in the processor's cache between reading and hashing
std::int64_t nanoseconds(const statx_timestamp& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; }
}  // namespace

Result<FileFacts> facts_of_file(int fd) {
  struct statx found{};
  if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &found) != 0)
    return fail_os("look at a file");
  FileFacts out;
  out.stamp = {::gnu_dev_makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino, found.stx_size,
               nanoseconds(found.stx_mtime), nanoseconds(found.stx_ctime)};
  out.regular = S_ISREG(found.stx_mode);
  out.names = found.stx_nlink;
  out.mode = found.stx_mode & 07777U;
  out.uid = found.stx_uid;
  out.gid = found.stx_gid;
  return out;
}

Result<crypto::Digest> digest_of_file(int fd, const std::function<bool()>& stop) {
  thread_local Bytes part(kPart);
  crypto::Sm3 hash;
  for (off_t at = 0;;) {
    if (stop && stop()) return fail(Errc::cancelled);
    const auto n = ::pread(fd, part.data(), part.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("read");
    if (n == 0) return hash.finish();
    hash.update(ByteView(part.data(), static_cast<std::size_t>(n)));
    at += n;
  }
}

bool may_be_written(int fd) {
  // A read lease is refused while anybody can write (fcntl(2)). Whoever breaks it in the moment between the two calls
  // is told by SIGURG, which nobody minds, in place of SIGIO, which ends a process.
  if (::fcntl(fd, F_SETSIG, SIGURG) != 0) return true;
  const bool refused = ::fcntl(fd, F_SETLEASE, F_RDLCK) != 0;
  ::fcntl(fd, F_SETLEASE, F_UNLCK);
  return refused;
}

std::string path_of_file(int fd) {
  std::array<char, PATH_MAX> target{};
  const auto n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());
  return n < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(n));
}

UniqueFd open_file_to_read(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  UniqueFd fd(::open(path.c_str(), kFlags | O_NOATIME));
  if (!fd && errno == EPERM) fd.reset(::open(path.c_str(), kFlags));  // O_NOATIME is the owner's and root's
  return fd;
}

FileUser user_of_pid(int pid) {
  FileUser out;
  if (pid <= 0) return out;
  const auto place = "/proc/" + std::to_string(pid);
  if (const auto name = read_file(place + "/comm", 64)) {
    out.process = clean_text(text_of(*name), 64);
    while (!out.process.empty() && out.process.back() == '\n') out.process.pop_back();
  }
  struct stat facts{};
  if (::stat(place.c_str(), &facts) == 0) out.user = std::to_string(facts.st_uid);
  return out;
}

}  // namespace kw::platform
