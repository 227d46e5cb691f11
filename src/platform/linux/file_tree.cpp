#include "platform/linux/file_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "platform/linux/close_directory.h"
#include "platform/linux/os_error.h"
#include "platform/linux/file_digests.h"

namespace kw::platform {
namespace {

constexpr int kDeepest = 256;

/// Walk calls `each` for the path of every regular file of one file system; `stop` ends it.
class Walk {
 public:
  using Each = std::function<void(const std::string&)>;
  Walk(const device::FileTree::Which& which, const device::FileTree::Stop& stop, const Each& each)
      : which_(which), stop_(stop), each_(each) {}

  void place(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat facts{};
    if (!fd || ::fstat(fd.get(), &facts) != 0) return;  // not there now: the gate tells when it cannot be guarded
    device_ = facts.st_dev;
    folder(std::move(fd), path == "/" ? std::string() : path, 0);
  }

 private:
  void folder(UniqueFd fd, const std::string& path, int depth) {
    const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(fd.get()));
    if (!entries) return;
    const int here = fd.release();  // the DIR's now
    while (const auto* entry = ::readdir(entries.get())) {
      if (stop_()) return;
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat facts{};
      if (::fstatat(here, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0 || facts.st_dev != device_) continue;
      const auto below = path + "/" + name;
      if (S_ISREG(facts.st_mode)) {
        each_(below);
      } else if (S_ISDIR(facts.st_mode) && depth < kDeepest &&
                 std::ranges::find(which_.skip, below) == which_.skip.end()) {
        UniqueFd next(::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (next) folder(std::move(next), below, depth + 1);
      }
    }
  }
  const device::FileTree::Which& which_;
  const device::FileTree::Stop& stop_;
  const Each& each_;
  dev_t device_ = 0;
};

}  // namespace

std::uint64_t ScanTree::count(const Which& which, const Stop& stop) {
  std::uint64_t files = 0;
  const Walk::Each each = [&](const std::string&) { ++files; };
  for (const auto& place : which.places) Walk(which, stop, each).place(place);
  return files;
}

Result<> ScanTree::scan(const Which& which, const std::function<void(Looked)>& each, const Stop& stop) {
  const Walk::Each look = [&](const std::string& path) {
    const auto fd = open_to_read(path);
    if (!fd) return;  // gone since
    const auto facts = look_at(fd.get());
    if (!facts || !facts->regular() || facts->identity.size == 0) return;
    if (facts->identity.size > which.most_octets) return each({path, facts->identity, fail(Errc::too_large, "size")});
    each({path, facts->identity, scanner_.scan(fd.get(), which.most_time, stop)});
  };
  for (const auto& place : which.places) Walk(which, stop, look).place(place);
  return stop() ? Result<>(fail(Errc::cancelled)) : Result<>{};
}

}  // namespace kw::platform
