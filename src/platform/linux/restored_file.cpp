#include "platform/linux/restored_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "platform/linux/file_digests.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr long kLocked = FS_IMMUTABLE_FL | FS_APPEND_FL;

/// Takes the flags off that keep even root from writing; the destructor sets them again unless told otherwise.
class Unlocked {
 public:
  explicit Unlocked(const std::string& path, bool again)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)), again_(again) {
    if (!fd_ || ::ioctl(fd_.get(), FS_IOC_GETFLAGS, &flags_) != 0 || (flags_ & kLocked) == 0) {
      flags_ = 0;
      return;
    }
    const long open = flags_ & ~kLocked;
    if (::ioctl(fd_.get(), FS_IOC_SETFLAGS, &open) != 0) flags_ = 0;
  }
  ~Unlocked() {
    if (again_ && flags_ != 0) ::ioctl(fd_.get(), FS_IOC_SETFLAGS, &flags_);
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  UniqueFd fd_;
  bool again_;
  long flags_ = 0;
};

/// A file that goes again unless it was renamed.
class Temporary {
 public:
  explicit Temporary(const std::string& beside)
      : path_(beside + ".kw-XXXXXX"), fd_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  ~Temporary() {
    if (fd_ && !path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  Result<> fill(const device::KeyFileContent& file) {
    if (!fd_) return fail_os("create " + path_);
    for (ByteView left = file.content; !left.empty();) {
      const auto n = ::write(fd_.get(), left.data(), left.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_os("write " + path_);
      left = left.subspan(static_cast<std::size_t>(n));
    }
    if (::fchown(fd_.get(), file.uid, file.gid) != 0) return fail_os("set the owner of " + path_);
    if (::fchmod(fd_.get(), file.mode) != 0) return fail_os("set the mode of " + path_);
    if (::fsync(fd_.get()) != 0) return fail_os("sync " + path_);
    return {};
  }
  [[nodiscard]] int rename_to(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) return errno;
    path_.clear();
    return 0;
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

bool clear_the_way(int why, const std::string& path) {
  if (why == EBUSY) return ::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0;
  if (why == EISDIR || why == ENOTEMPTY || why == EEXIST) return ::rmdir(path.c_str()) == 0;
  return false;
}

}  // namespace

Result<> restore_file(const std::string& path, const device::KeyFileContent& file) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash + 1 == path.size()) return fail(Errc::invalid, "no file's path: " + path);
  const auto folder = slash == 0 ? std::string("/") : path.substr(0, slash);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Result<>(os_error(error.value(), "make " + folder));

  const Unlocked folder_open(folder, true), file_open(path, false);
  Temporary temporary(path);
  KW_CHECK(temporary.fill(file));
  for (int tries = 0;; ++tries) {
    const int why = temporary.rename_to(path);
    if (why == 0) break;
    if (tries >= 8 || !clear_the_way(why, path)) return Result<>(os_error(why, "put " + path + " in place"));
  }
  const UniqueFd synced(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!synced || ::fsync(synced.get()) != 0) return fail_os("sync " + folder);

  KW_TRY(const auto now, state_of(path));
  const device::FileState wanted{crypto::sm3(file.content), S_IFREG | file.mode, file.uid, file.gid};
  if (now != wanted) return fail(Errc::corrupt, path + " reads back differently");
  return {};
}

}  // namespace kw::platform
